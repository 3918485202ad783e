import type { Snapshot } from '../../core/api/state.ts';
import { CHECKING, NAME_MISMATCH, NO_AUDIO, OPEN, SIGNALLING, account, call, snapshot } from './snapshots.ts';

const now = Date.now();
const ended = { state: 'ended', endedAt: now - 60_000, connectedAt: now - 138_000, startedAt: now - 140_000 } as const;

const RECENT = [
  call({ ...ended, id: 'r1' }),
  call({
    id: 'r2',
    direction: 'incoming',
    state: 'ended',
    remoteName: 'Carla Contreras-Montgomery of Purchasing',
    remoteAddress: 'sip:carla.contreras@long-company-name.example.com',
    startedAt: now - 900_000,
    connectedAt: null,
    endedAt: now - 880_000,
  }),
  call({
    id: 'r3',
    state: 'ended',
    remoteName: '',
    remoteAddress: 'sip:+4930901820@pbx.example.com',
    startedAt: now - 1_800_000,
    connectedAt: null,
    endedAt: now - 1_799_000,
    security: CHECKING,
    diagnosis: NAME_MISMATCH,
  }),
  call({
    ...ended,
    id: 'r4',
    direction: 'incoming',
    remoteName: 'Dora',
    remoteAddress: 'sip:1003@sotto.localhost',
    security: OPEN,
  }),
];

const running = { startedAt: now - 47_000, connectedAt: now - 42_000 } as const;

const secondAccount = account({
  id: 'account-2',
  address: 'sip:alice@pbx.example.com',
  displayName: 'Alice (office)',
  server: 'pbx.example.com:5061',
  builtIn: false,
  registration: 'failed',
  expiresAt: null,
  diagnosis: NAME_MISMATCH,
  security: CHECKING,
});

/** Every state that the window can be looked at in, by name. */
export const SCENES: Readonly<Record<string, Partial<Snapshot>>> = {
  'first-run': { firstRun: true },
  'first-run-preparing': {
    firstRun: true,
    accounts: [account({ registration: 'registering' })],
    builtInSwitch: { ...snapshot().builtInSwitch, state: 'starting' },
    audio: NO_AUDIO,
  },
  'first-run-failed': {
    firstRun: true,
    accounts: [],
    defaultAccountId: null,
    builtInSwitch: {
      ...snapshot().builtInSwitch,
      state: 'failed',
      diagnosis: {
        code: 'port.in-use',
        side: 'here',
        summary: 'Another program listens on 127.0.0.1:5061.',
        cure: 'End that program, or choose another port for the switch.',
        evidence: { address: '127.0.0.1', port: 5061 },
      },
    },
  },
  idle: {},
  recent: { calls: RECENT },
  voicemail: { accounts: [account({ mailbox: { fresh: 2, old: 5, listen: '*98' } })] },
  'no-account': { accounts: [], defaultAccountId: null },
  'no-audio': { audio: NO_AUDIO },
  'account-failed': { accounts: [secondAccount, account()], defaultAccountId: 'account-2' },
  'account-tested': {
    accounts: [secondAccount, account()],
    defaultAccountId: 'account-2',
    serverTest: {
      target: 'pbx.example.com:5061',
      accountId: 'account-2',
      running: false,
      steps: [
        { step: 'dns', outcome: 'ok', ms: 12, text: '192.0.2.5:5061 (tls)' },
        { step: 'tcp', outcome: 'ok', ms: 3, text: 'connected' },
        { step: 'certificate', outcome: 'failed', ms: 31, text: 'made out to sip.example.net' },
        { step: 'tls-version', outcome: 'warning', ms: 20, text: 'TLSv1.1 accepted' },
        { step: 'register', outcome: 'skipped', ms: 0, text: 'the server did not prove who it is' },
      ],
      findings: [{ ...NAME_MISMATCH, severity: 'error' }],
    },
  },
  calling: { calls: [call({ ...running, state: 'calling', connectedAt: null, security: CHECKING, quality: null })] },
  ringing: { calls: [call({ ...running, state: 'ringing', connectedAt: null, security: SIGNALLING, quality: null })] },
  incoming: {
    calls: [
      call({
        ...running,
        direction: 'incoming',
        state: 'incoming',
        connectedAt: null,
        quality: null,
        remoteName: 'Carla Contreras',
      }),
    ],
  },
  connected: { calls: [call(running)] },
  held: { calls: [call({ ...running, hold: { here: true, there: false } })] },
  'transfer-asked': {
    calls: [call({ ...running, hold: { here: false, there: true }, transferRequest: 'sip:1002@sotto.localhost' })],
  },
  'transfer-failed': {
    calls: [
      call({
        ...running,
        hold: { here: true, there: false },
        transfer: {
          state: 'failed',
          target: '1002',
          diagnosis: {
            code: 'sip.busy',
            side: 'there',
            summary: 'The person called is busy.',
            cure: 'Try again later.',
            evidence: { status: 486 },
          },
        },
      }),
    ],
  },
  consultation: {
    calls: [
      call({ ...running, id: 'call-2', remoteName: 'Dora Dietrich', consults: 'call-1' }),
      call({ ...running, hold: { here: true, there: false } }),
    ],
  },
  'connected-open': {
    audio: NO_AUDIO,
    calls: [
      call({
        ...running,
        remoteName: '',
        remoteAddress: 'sip:+4930901820@pbx.example.com',
        muted: true,
        security: OPEN,
        quality: { mos: 2.9, lossPercent: 6.3, jitterMs: 41, roundTripMs: 180 },
        diagnosis: {
          code: 'media.one-way',
          side: 'here',
          summary: 'Packets go out to 192.0.2.7:40000, but none has come back for 10 seconds.',
          cure: 'Look at firewall and NAT; hang up and call again.',
          evidence: { sent: 500, received: 0 },
        },
      }),
    ],
  },
  several: {
    calls: [
      call(running),
      call({ ...running, id: 'call-2', remoteName: 'Dora Dietrich', security: OPEN }),
      call({
        ...running,
        id: 'call-3',
        direction: 'incoming',
        state: 'incoming',
        connectedAt: null,
        remoteName: 'Carla Contreras',
      }),
    ],
  },
  conference: {
    calls: [
      call({ ...running, conference: true }),
      call({ ...running, id: 'call-2', remoteName: 'Dora Dietrich', security: OPEN, conference: true }),
      call({
        ...running,
        id: 'call-3',
        remoteName: 'Carla Contreras of Purchasing',
        hold: { here: true, there: false },
      }),
    ],
  },
  ended: { calls: [call({ ...running, endedAt: now, state: 'ended' })] },
  failed: {
    calls: [
      call({
        ...running,
        connectedAt: null,
        endedAt: now,
        state: 'ended',
        security: CHECKING,
        quality: null,
        diagnosis: NAME_MISMATCH,
      }),
    ],
  },
};
