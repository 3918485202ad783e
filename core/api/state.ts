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

/** The sign of security (product.md P4): what is true of the signalling, the media and so of the call. */
export const securitySchema = z.object({
  state: z.enum(['checking', 'open', 'signalling', 'encrypted']),
  /** Why the state is not better, by stable names that the window translates. Empty for `encrypted`. */
  reasons: z.array(
    z.enum(['plain-signalling', 'unverified-server', 'plain-media', 'keys-in-clear', 'keys-to-unverified-server']),
  ),
  signalling: z
    .object({
      transport: z.enum(['udp', 'tcp', 'tls']),
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
  diagnosis: diagnosisSchema.nullable(),
  security: securitySchema,
});
export type AccountView = z.infer<typeof accountSchema>;

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
});
export type SwitchView = z.infer<typeof switchSchema>;

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
});
export type Snapshot = z.infer<typeof snapshotSchema>;
