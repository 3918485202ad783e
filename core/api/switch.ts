import * as z from 'zod';
import { diagnosisSchema, findingSchema } from './state.ts';

/** The built-in switch as windows look into it. Times are milliseconds since 1970. */

const name = z.string().min(1).max(64);

/** A certificate as `core/trace/connections.ts` shows it. */
const certificateSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  notBefore: z.string(),
  notAfter: z.string(),
  names: z.array(z.string()).readonly(),
  key: z.string(),
  signature: z.string(),
  usage: z.array(z.string()).readonly(),
  sha256: z.string(),
  selfSigned: z.boolean(),
});

/** The fault on show, what a phone must know to meet it, and what the switch has noticed of those who did, oldest first. */
const shownFaultSchema = z.object({
  id: z.string(),
  /** Such as `127.0.0.1:40000`. */
  server: z.string(),
  /** Such as `sip:1000@faults.sotto.localhost`. */
  address: z.string(),
  /** Made for this showing, and gone with it. */
  password: z.string(),
  /** PEM of the authority, and of its revocation lists. */
  trust: z.string(),
  noticed: z.array(diagnosisSchema.extend({ at: z.number() })),
});

/** Everything that the switch view shows. */
export const switchDetailsSchema = z.object({
  users: z.array(z.object({ user: z.string(), name: z.string() })),
  registrations: z.array(
    z.object({
      user: z.string(),
      contact: z.string(),
      transport: z.string(),
      remote: z.string(),
      agent: z.string(),
      expiresAt: z.number(),
    }),
  ),
  calls: z.array(
    z.object({
      id: z.string(),
      startedAt: z.number(),
      from: z.string(),
      to: z.string(),
      state: z.enum(['ringing', 'answered', 'ended']),
      /** The caller's first; missing as long as nobody was asked. */
      legs: z.array(
        z.object({
          transport: z.string(),
          security: z.enum(['checking', 'open', 'signalling', 'encrypted']),
          suite: z.string().nullable(),
        }),
      ),
    }),
  ),
  gateways: z.array(
    z.object({
      name: z.string(),
      profile: z.string(),
      address: z.string(),
      /** FreeSWITCH's word. */
      state: z.string(),
      diagnosis: diagnosisSchema.nullable(),
    }),
  ),
  /** What each profile shows of itself over TLS, leaf first, and what is wrong with it, worst first. */
  certificates: z.array(
    z.object({ profile: z.string(), chain: z.array(certificateSchema), findings: z.array(findingSchema) }),
  ),
  /** What went wrong with clients, newest first. */
  troubles: z.array(diagnosisSchema.extend({ at: z.number(), remote: z.string().nullable() })),
  fault: shownFaultSchema.nullable(),
});
export type SwitchDetails = z.infer<typeof switchDetailsSchema>;

/** One way to misbehave, and what must be said about it with the default parameters; null where nobody is to notice. */
export const faultSchema = z.object({
  id: z.string(),
  summary: z.string(),
  parameters: z.array(
    z.object({
      name: z.string(),
      summary: z.string(),
      /** Null where it is a number. */
      choices: z.array(z.string()).nullable(),
      default: z.string(),
    }),
  ),
  expected: z.object({ client: z.string().nullable(), switch: z.string().nullable() }),
});
export type FaultView = z.infer<typeof faultSchema>;

/** Requests about the built-in switch. A switch that is off refuses those that need it. */
export const SWITCH_REQUESTS = {
  /** Empty lists where the switch is off; to be read again where the revision in the state has grown. */
  'switch.read': { input: z.object({}), output: switchDetailsSchema },
  /** A line for the console, in FreeSWITCH's words. */
  'switch.command': { input: z.object({ line: z.string().max(1024) }), output: z.object({ answer: z.string() }) },
  /** What a phone of this kind needs to become a user; with the password. */
  'switch.provision': {
    input: z.object({ user: name, device: name }),
    output: z.object({
      files: z.array(z.object({ name: z.string(), base64: z.string(), text: z.string().nullable() })),
      steps: z.array(z.string()),
      quirks: z.array(z.string()),
      warnings: z.array(diagnosisSchema),
    }),
  },
  /** The kinds of phones that there are settings for. */
  'switch.devices': {
    input: z.object({}),
    output: z.object({ devices: z.array(z.object({ id: z.string(), title: z.string() })) }),
  },
  /** Everything that the switch can do wrong on demand. */
  'switch.faults': { input: z.object({}), output: z.object({ faults: z.array(faultSchema) }) },
  /** Puts a fault on show in place of another; null ends the show. Values that are not given have their default. */
  'switch.showFault': {
    input: z.object({ fault: name.nullable(), values: z.record(name, z.string().max(64)) }),
    output: z.null(),
  },
} as const;
