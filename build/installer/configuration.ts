import type { Configuration } from 'electron-builder';

/** Where the program is to be found on the network one day; installers want to name one. */
const HOMEPAGE = 'https://sotto.example';

/** Where the installers are put. */
export const OUTPUT = 'dist/installers';

/** What our own command line and its threads and processes need as real files: they cannot be started from an archive. */
const OUTSIDE_THE_ARCHIVE = ['dist/core/**', 'build/sotto.js', 'resources/**', 'node_modules/**', 'package.json'];

/**
 * What goes into the installers of the three systems, and how each is made. A `standIn` for Electron has no fuses and is
 * nobody's to sign.
 */
export function installerConfiguration({ standIn }: { readonly standIn: boolean }): Configuration {
  return {
    appId: 'example.sotto.phone',
    productName: 'Sotto',
    copyright: 'The Sotto authors, MIT licence',
    directories: { output: OUTPUT, buildResources: 'build/installer' },
    extraMetadata: { homepage: HOMEPAGE, desktopName: 'sotto-phone.desktop' },
    files: [
      'dist/{core,electron,renderer}/**',
      'build/sotto.js',
      'resources/{locales,sounds}/**',
      'LICENSE',
      '!**/*.map',
      '!**/*.{md,markdown,ts,mts,cts,flow}',
      // The module itself and its library; not what it was compiled from.
      '!node_modules/naudiodon/{src,scratch,portaudio,binding.gyp}{,/**}',
      '!node_modules/naudiodon/build/{*.*,Makefile}',
      '!node_modules/naudiodon/build/Release/{obj.target,build,.deps}{,/**}',
      // Of libopus only the WebAssembly with SIMD is used.
      '!node_modules/@evan/opus/{node,tests}{,/**}',
      '!node_modules/@evan/opus/wasm/opus.wasm',
    ],
    asar: true,
    asarUnpack: OUTSIDE_THE_ARCHIVE,
    extraResources: [
      { from: 'dist/installer/third-party-licences.txt', to: 'third-party-licences.txt' },
      { from: 'dist/installer/sbom.cdx.json', to: 'sbom.cdx.json' },
    ],
    // Native modules speak Node-API: what was compiled for Node runs in Electron.
    npmRebuild: false,
    protocols: [{ name: 'Phone calls', schemes: ['sip', 'sips', 'tel', 'callto'] }],
    ...(standIn ? { compression: 'store' as const } : { electronFuses: FUSES }),
    // No channel for updates yet: docs/decisions says which one, and what has to be there first.
    publish: null,
    linux: {
      target: ['AppImage', 'deb', 'rpm', 'tar.gz'],
      executableName: 'sotto-phone',
      syncDesktopName: true,
      category: 'Network;Telephony;',
      synopsis: 'softphone for encrypted calls, with a test switch inside',
      description:
        'Sotto places encrypted calls (SIP over TLS, SRTP), says why a call does not connect, and has a switch inside to test phones with.',
      maintainer: `The Sotto authors <authors@${new URL(HOMEPAGE).hostname}>`,
      icon: 'resources/icons/linux',
      extraFiles: [{ from: 'build/installer/sotto.sh', to: 'sotto' }],
    },
    deb: {
      depends: [
        'libgtk-3-0',
        'libnotify4',
        'libnss3',
        'libxss1',
        'libxtst6',
        'xdg-utils',
        'libatspi2.0-0',
        'libuuid1',
        'libsecret-1-0',
        'libasound2 | libasound2t64',
      ],
      fpm: FILES_ON_THE_PATH,
      packageCategory: 'comm',
    },
    rpm: { fpm: FILES_ON_THE_PATH },
    win: {
      target: ['nsis', 'portable', 'msi'],
      icon: 'resources/icons/sotto.ico',
      extraFiles: [{ from: 'build/installer/sotto.cmd', to: 'sotto.cmd' }],
    },
    // Asks whether it is for this user or for all of them.
    nsis: { oneClick: false, perMachine: false, allowElevation: true, allowToChangeInstallationDirectory: true },
    mac: {
      target: [
        { target: 'dmg', arch: ['x64', 'arm64'] },
        { target: 'zip', arch: ['x64', 'arm64'] },
      ],
      icon: 'resources/icons/sotto.icns',
      category: 'public.app-category.business',
      hardenedRuntime: true,
      entitlements: 'build/installer/entitlements.mac.plist',
      // The helpers hold the microphone, too.
      entitlementsInherit: 'build/installer/entitlements.mac.plist',
      extendInfo: { NSMicrophoneUsageDescription: 'Sotto uses the microphone for your calls.' },
      extraResources: [{ from: 'build/installer/sotto.sh', to: 'sotto' }],
      ...(process.env.CSC_LINK === undefined ? { identity: null } : {}),
      notarize: process.env.APPLE_ID !== undefined,
    },
  };
}

/**
 * What Electron may not be talked into any more once it is installed. Running as Node stays: the command line and the audio
 * process are this program, run as Node.
 */
const FUSES = {
  runAsNode: true,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  grantFileProtocolExtraPrivileges: false,
} as const;

/** The command, its manual page and its completion where a system looks for them. */
const FILES_ON_THE_PATH = [
  'build/installer/sotto.sh=/usr/bin/sotto',
  'dist/installer/sotto.1.gz=/usr/share/man/man1/sotto.1.gz',
  'dist/installer/sotto.bash=/usr/share/bash-completion/completions/sotto',
  'dist/installer/sotto.fish=/usr/share/fish/vendor_completions.d/sotto.fish',
];
