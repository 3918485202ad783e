/**
 * Who may import what, as data. A folder that has no row, an arrow that has no entry and a package that has no row are
 * mistakes: this table changes before the code does.
 */

/** Below everything: every folder of the core may use these. */
const GROUND = ['core/base', 'core/trace'] as const;

const SIP = [
  'core/sip/message',
  'core/sip/transport',
  'core/sip/locate',
  'core/sip/transaction',
  'core/sip/dialog',
  'core/sip/auth',
  'core/sip/ua',
] as const;

const MEDIA = ['core/rtp', 'core/srtp', 'core/jitter', 'core/codec', 'core/audio', 'core/media'] as const;

/** All of the core but its shells. */
const CORE = [
  ...GROUND,
  ...SIP,
  ...MEDIA,
  'core/sdp',
  'core/tls',
  'core/probe',
  'core/faults',
  'core/provision',
  'core/api',
  'core/phone',
  'core/pbx',
] as const;

/** One folder with all below it that has no row of its own. */
export interface Area {
  /** Folders that its files may import, beside their own. */
  readonly imports: readonly string[];
  /** Folders that they may import types from, and nothing that is there at run time. */
  readonly importsTypes?: readonly string[];
  /** Whether they may use `node:` modules. */
  readonly node?: true;
  /** Whether they may use every package that package.json names. */
  readonly anyPackage?: true;
}

export const AREAS: Readonly<Record<string, Area>> = {
  'core/base': { imports: [] },
  'core/trace': { imports: ['core/base'] },

  'core/tls': { imports: [...GROUND] },
  'core/sip/message': { imports: [...GROUND] },
  'core/sip/transport': { imports: [...GROUND, 'core/sip/message', 'core/tls'] },
  'core/sip/locate': { imports: [...GROUND, 'core/sip/message', 'core/sip/transport'] },
  'core/sip/auth': { imports: [...GROUND, 'core/sip/message'] },
  'core/sip/transaction': { imports: [...GROUND, 'core/sip/message', 'core/sip/transport'] },
  'core/sip/dialog': { imports: [...GROUND, 'core/sip/message', 'core/sip/transport', 'core/sip/transaction'] },
  'core/sip/ua': { imports: [...GROUND, ...SIP, 'core/tls'] },

  'core/rtp': { imports: [...GROUND] },
  'core/srtp': { imports: [...GROUND, 'core/rtp'] },
  'core/jitter': { imports: [...GROUND, 'core/rtp'] },
  'core/audio': { imports: [...GROUND] },
  'core/codec': { imports: [...GROUND, 'core/rtp', 'core/audio'] },
  'core/sdp': { imports: [...GROUND, 'core/rtp', 'core/srtp'] },
  'core/media': { imports: [...GROUND, ...MEDIA, 'core/sdp', 'core/tls'] },

  'core/probe': { imports: [...GROUND, ...SIP, 'core/sdp', 'core/srtp', 'core/tls'] },

  'core/faults': { imports: [...GROUND, 'core/sip/message', 'core/sip/transport', 'core/sdp', 'core/tls'] },

  'core/provision': { imports: [...GROUND] },

  'core/api': { imports: [...GROUND] },
  'core/phone': {
    imports: [...GROUND, ...SIP, 'core/probe', 'core/sdp', 'core/media', 'core/audio', 'core/tls', 'core/api'],
  },
  'core/pbx': { imports: [...GROUND, ...SIP, 'core/sdp', 'core/media', 'core/tls'] },

  'core/io': { imports: CORE, node: true },
  /** What all shells share: the core put together on this machine. */
  'core/shell': { imports: [...CORE, 'core/io'], node: true },
  'core/web': { imports: [...CORE, 'core/io', 'core/shell'], node: true },
  'core/cli': { imports: [...CORE, 'core/io', 'core/shell'], node: true },

  electron: { imports: ['core/api', 'core/base', 'core/io', 'core/shell'], node: true },
  resources: { imports: [] },
  renderer: { imports: ['core/api', 'core/trace', 'resources'], importsTypes: ['core/base'] },

  build: { imports: [], node: true, anyPackage: true },
  test: {
    imports: [...CORE, 'core/io', 'core/shell', 'core/web', 'core/cli', 'electron', 'renderer', 'build'],
    node: true,
    anyPackage: true,
  },
};

/** Which folders may use which package at run time. Native packages belong to `core/io`. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  zod: ['core/api', 'core/pbx', 'core/phone', 'core/io', 'core/shell', 'core/cli', 'renderer'],
  yaml: ['core/pbx', 'core/io'],
  '@xmldom/xmldom': ['core/pbx'],
  'sdp-transform': ['core/sdp'],
  '@peculiar/x509': ['core/tls', 'core/faults', 'core/io'],
  'reflect-metadata': ['core/tls', 'core/faults', 'core/io'],
  '@evan/opus': ['core/io'],
  naudiodon: ['core/io'],
  ws: ['core/io', 'core/web'],
  electron: ['electron'],
  react: ['renderer'],
  'react-dom': ['renderer'],
  'radix-ui': ['renderer'],
  i18next: ['renderer'],
  'react-i18next': ['renderer'],
};
