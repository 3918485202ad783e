import * as z from 'zod';

/**
 * The state of the core as windows see it: published whole with a revision, never decided by a window. Times are
 * milliseconds since 1970; secrets never appear here.
 */

export const diagnosisSchema = z.object({
  code: z.string(),
  side: z.enum(['here', 'there']),
  summary: z.string(),
  cure: z.string(),
  evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
});
export type DiagnosisView = z.infer<typeof diagnosisSchema>;

/** Something that was found, and how bad it is. */
export const findingSchema = diagnosisSchema.extend({ severity: z.enum(['error', 'warning', 'info']) });

/** The sign of security (product.md P4): what is true of the signalling, the media and so of the call. */
export const securitySchema = z.object({
  state: z.enum(['checking', 'open', 'signalling', 'encrypted']),
  /** Why the state is not better, by stable names that the window translates. Empty for `encrypted`. */
  reasons: z.array(
    z.enum(['plain-signalling', 'unverified-server', 'plain-media', 'keys-in-clear', 'keys-to-unverified-server']),
  ),
  signalling: z
    .object({
      transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
      server: z.string(),
      protocol: z.string().nullable(),
      cipher: z.string().nullable(),
      peerVerified: z.boolean(),
      peerName: z.string().nullable(),
      certificateNotAfter: z.number().nullable(),
      clientCertificate: z.boolean(),
    })
    .nullable(),
  media: z.object({ profile: z.string(), suite: z.string().nullable(), codec: z.string().nullable() }).nullable(),
});
export type SecurityView = z.infer<typeof securitySchema>;

export const accountSchema = z.object({
  id: z.string(),
  /** The address of record, such as `sip:1000@sotto.localhost`. */
  address: z.string(),
  displayName: z.string(),
  server: z.string(),
  transport: z.enum(['udp', 'tcp', 'tls']),
  srtp: z.enum(['mandatory', 'optional', 'off']),
  /** Whether it belongs to the built-in switch. */
  builtIn: z.boolean(),
  registration: z.enum(['off', 'registering', 'registered', 'failed']),
  expiresAt: z.number().nullable(),
  /** What waits in its mailbox, and what to dial to hear it; null where the server says nothing. */
  mailbox: z.object({ fresh: z.number(), old: z.number(), listen: z.string() }).nullable(),
  diagnosis: diagnosisSchema.nullable(),
  security: securitySchema,
});
export type AccountView = z.infer<typeof accountSchema>;

/** What became of an account of another phone. */
export const importedAccountSchema = z.object({
  /** Its address, or what the file calls it. */
  name: z.string(),
  /** `known`: there is one with this address. */
  outcome: z.enum(['added', 'known', 'no-address']),
  /** Whether the file has no password that could be read. */
  needsPassword: z.boolean(),
  transport: z.enum(['udp', 'tcp', 'tls']),
});
export type ImportedAccount = z.infer<typeof importedAccountSchema>;

export const callSchema = z.object({
  id: z.string(),
  accountId: z.string(),
  direction: z.enum(['outgoing', 'incoming']),
  /** `incoming` rings here; `ringing` rings there. */
  state: z.enum(['calling', 'ringing', 'early', 'incoming', 'connected', 'ending', 'ended']),
  remoteAddress: z.string(),
  remoteName: z.string(),
  startedAt: z.number(),
  connectedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  muted: z.boolean(),
  /** Who has put the call on hold. */
  hold: z.object({ here: z.boolean(), there: z.boolean() }),
  /** Whether it is one conversation with the other calls of which this is true. */
  conference: z.boolean(),
  /** Whether it is recorded; the other side hears a tone that says so. */
  recording: z.boolean(),
  /** The transfer that was asked for last. After `done` the call ends; `failed` leaves it as it was. */
  transfer: z
    .object({
      state: z.enum(['sending', 'ringing', 'done', 'failed']),
      target: z.string(),
      diagnosis: diagnosisSchema.nullable(),
    })
    .nullable(),
  /** The call that this one was placed for, to speak with its target before the transfer. */
  consults: z.string().nullable(),
  /** The address that the other side asks to call instead, until that is answered. */
  transferRequest: z.string().nullable(),
  /** Whether another phone took the call, so that it was not missed. */
  answeredElsewhere: z.boolean(),
  security: securitySchema,
  quality: z
    .object({
      mos: z.number().nullable(),
      lossPercent: z.number(),
      jitterMs: z.number(),
      roundTripMs: z.number().nullable(),
    })
    .nullable(),
  diagnosis: diagnosisSchema.nullable(),
});
export type CallView = z.infer<typeof callSchema>;

export const audioSchema = z.object({
  /** `none`: no sound card, or no module for it; calls then run in silence and say so. */
  state: z.enum(['starting', 'ready', 'none', 'lost']),
  devices: z.array(z.object({ id: z.string(), name: z.string(), inputs: z.number(), outputs: z.number() })),
  input: z.string().nullable(),
  output: z.string().nullable(),
  diagnosis: diagnosisSchema.nullable(),
});
export type AudioView = z.infer<typeof audioSchema>;

export const switchSchema = z.object({
  state: z.enum(['off', 'starting', 'running', 'failed']),
  domain: z.string(),
  listeners: z.array(z.object({ profile: z.string(), transport: z.string(), address: z.string(), port: z.number() })),
  registrations: z.number(),
  calls: z.number(),
  diagnosis: diagnosisSchema.nullable(),
  /** Grows with everything that `switch.read` tells. */
  revision: z.number().int(),
});
export type SwitchView = z.infer<typeof switchSchema>;

/** A test of a server, step by step, and what it found, worst first. */
export const serverTestSchema = z.object({
  /** What is tested, as a person reads it. */
  target: z.string(),
  /** Whose account it is; null for one that is not added yet. */
  accountId: z.string().nullable(),
  running: z.boolean(),
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.enum(['ok', 'warning', 'failed', 'skipped']),
      ms: z.number(),
      text: z.string(),
    }),
  ),
  findings: z.array(findingSchema),
});
export type ServerTestView = z.infer<typeof serverTestSchema>;

/** The call history; its rows are read with `history.read`, anew where the revision has grown. */
export const historyStateSchema = z.object({
  revision: z.number().int(),
  /** Missed calls that nobody has looked at. */
  missed: z.number().int(),
  /** How many calls were removed a moment ago, and can be had back. */
  removed: z.number().int(),
  /** Why the history is not kept, or was begun anew. */
  diagnosis: diagnosisSchema.nullable(),
});
export type HistoryState = z.infer<typeof historyStateSchema>;

/** The text messages; read with `messages.threads`, anew where the revision has grown. */
export const messagesStateSchema = z.object({
  revision: z.number().int(),
  /** Messages that nobody has looked at. */
  unseen: z.number().int(),
});
export type MessagesState = z.infer<typeof messagesStateSchema>;

/** The recordings; read with `recordings.list`, anew where the revision has grown. */
export const recordingsStateSchema = z.object({ revision: z.number().int() });
export type RecordingsState = z.infer<typeof recordingsStateSchema>;

/** The contacts; read with `contacts.read`, anew where the revision has grown. */
export const contactsStateSchema = z.object({
  revision: z.number().int(),
  count: z.number().int(),
  /** How many contacts were removed a moment ago, and can be had back. */
  removed: z.number().int(),
});
export type ContactsState = z.infer<typeof contactsStateSchema>;

/** An address to forward to; empty: not forwarded. */
const forwardTarget = z.string().trim().max(512);

/** What the person has chosen; every choice is in force at once. */
export const settingsSchema = z.object({
  language: z.enum(['system', 'en', 'de']),
  theme: z.enum(['system', 'light', 'dark']),
  doNotDisturb: z.object({
    on: z.boolean(),
    /** When it ends by itself; null: when it is switched off. */
    until: z.number().nullable(),
  }),
  /** Whether a second call rings while somebody speaks; else it hears busy. */
  callWaiting: z.boolean(),
  forward: z.object({
    always: forwardTarget,
    busy: forwardTarget,
    noAnswer: forwardTarget,
    noAnswerSeconds: z.number().int().min(5).max(120),
  }),
  /** After how many seconds calls of an account are answered by themselves, by account; who is not in it is not. */
  autoAnswer: z.record(z.string().min(1).max(64), z.number().int().min(0).max(60)),
  /** Whether the built-in switch runs. */
  builtInSwitch: z.boolean(),
});
export type Settings = z.infer<typeof settingsSchema>;

export const snapshotSchema = z.object({
  /** Grows with every change; a window ignores what is older than what it has. */
  revision: z.number().int(),
  version: z.string(),
  /** True until the first call or account of the person's own. */
  firstRun: z.boolean(),
  accounts: z.array(accountSchema),
  defaultAccountId: z.string().nullable(),
  calls: z.array(callSchema),
  audio: audioSchema,
  builtInSwitch: switchSchema,
  /** The test that runs or ran last, until somebody puts it away. */
  serverTest: serverTestSchema.nullable(),
  history: historyStateSchema,
  contacts: contactsStateSchema,
  messages: messagesStateSchema,
  recordings: recordingsStateSchema,
  settings: settingsSchema,
});
export type Snapshot = z.infer<typeof snapshotSchema>;
