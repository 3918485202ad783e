import type { AccountView, AudioView, CallView, DiagnosisView, SecurityView, Snapshot } from '../../core/api/state.ts';
import { DEFAULT_SETTINGS } from '../../core/phone/settings.ts';

/** States for tests of windows: whole and valid, with what matters to the test laid over. */

const STARTED_AT = Date.UTC(2026, 2, 14, 9, 26, 0);

/** Verified TLS and SRTP to the built-in switch, as the phone reports it. */
export const ENCRYPTED: SecurityView = {
  state: 'encrypted',
  reasons: [],
  signalling: {
    transport: 'tls',
    server: 'sotto.localhost:5061',
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    peerVerified: true,
    peerName: 'sotto.localhost',
    certificateNotAfter: Date.UTC(2027, 2, 14),
    clientCertificate: false,
  },
  media: { profile: 'RTP/SAVP', suite: 'AES_CM_128_HMAC_SHA1_80', codec: 'opus' },
};

/** The protection of a registration: no media yet. */
export const SIGNALLING: SecurityView = { ...ENCRYPTED, state: 'signalling', reasons: ['plain-media'], media: null };

/** Nothing known yet. */
export const CHECKING: SecurityView = { state: 'checking', reasons: [], signalling: null, media: null };

/** Plain RTP over plain SIP. */
export const OPEN: SecurityView = {
  state: 'open',
  reasons: ['plain-signalling', 'plain-media'],
  signalling: {
    transport: 'udp',
    server: 'pbx.example.com:5060',
    protocol: null,
    cipher: null,
    peerVerified: false,
    peerName: null,
    certificateNotAfter: null,
    clientCertificate: false,
  },
  media: { profile: 'RTP/AVP', suite: null, codec: 'PCMA' },
};

/** An account of the built-in switch, registered. */
export function account(over: Partial<AccountView> = {}): AccountView {
  return {
    id: 'account-1',
    address: 'sip:1000@sotto.localhost',
    displayName: 'Alice Adler',
    server: 'sotto.localhost:5061',
    transport: 'tls',
    srtp: 'mandatory',
    builtIn: true,
    registration: 'registered',
    expiresAt: STARTED_AT + 600_000,
    mailbox: null,
    diagnosis: null,
    security: SIGNALLING,
    ...over,
  };
}

/** A connected, encrypted call to Bob. */
export function call(over: Partial<CallView> = {}): CallView {
  return {
    id: 'call-1',
    accountId: 'account-1',
    direction: 'outgoing',
    state: 'connected',
    remoteAddress: 'sip:1001@sotto.localhost',
    remoteName: 'Bob Baker',
    startedAt: STARTED_AT,
    connectedAt: STARTED_AT + 4_000,
    endedAt: null,
    muted: false,
    conference: false,
    recording: false,
    hold: { here: false, there: false },
    transfer: null,
    consults: null,
    transferRequest: null,
    answeredElsewhere: false,
    security: ENCRYPTED,
    quality: { mos: 4.4, lossPercent: 0, jitterMs: 3.2, roundTripMs: 12 },
    diagnosis: null,
    ...over,
  };
}

/** A working sound card. */
export function audio(over: Partial<AudioView> = {}): AudioView {
  return {
    state: 'ready',
    devices: [
      { id: 'headset', name: 'USB Headset', inputs: 1, outputs: 2 },
      { id: 'built-in', name: 'Built-in Audio', inputs: 2, outputs: 2 },
    ],
    input: null,
    output: null,
    diagnosis: null,
    ...over,
  };
}

/** A machine without a sound card. */
export const NO_AUDIO: AudioView = {
  state: 'none',
  devices: [],
  input: null,
  output: null,
  diagnosis: {
    code: 'audio.no-device',
    side: 'here',
    summary: 'No sound device was found.',
    cure: 'Connect a headset or a microphone.',
    evidence: { hosts: ['ALSA'] },
  },
};

/** A certificate made out to somebody else. */
export const NAME_MISMATCH: DiagnosisView = {
  code: 'cert.name-mismatch',
  side: 'there',
  summary: 'The certificate of pbx.example.com is made out to sip.example.net.',
  cure: 'Ask the administrator for a certificate that names pbx.example.com.',
  evidence: { expected: 'pbx.example.com', names: ['sip.example.net', '*.example.net'], depth: 0 },
};

/** The state of a phone in ordinary use: one account, no call. */
export function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    revision: 1,
    version: '0.1.0',
    firstRun: false,
    accounts: [account()],
    defaultAccountId: 'account-1',
    calls: [],
    audio: audio(),
    builtInSwitch: {
      state: 'running',
      domain: 'sotto.localhost',
      listeners: [{ profile: 'internal', transport: 'tls', address: '127.0.0.1', port: 5061 }],
      registrations: 2,
      calls: 0,
      diagnosis: null,
      revision: 1,
    },
    serverTest: null,
    history: { revision: 0, missed: 0, removed: 0, diagnosis: null },
    messages: { revision: 0, unseen: 0 },
    recordings: { revision: 0 },
    contacts: { revision: 0, count: 0, removed: 0 },
    settings: DEFAULT_SETTINGS,
    ...over,
  };
}
