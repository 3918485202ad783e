import * as z from 'zod';
import { diagnosisSchema, snapshotSchema } from './state.ts';

/**
 * The contract between core and windows, declared once: each request gives its type, its check at run time and its client
 * method. The same contract runs over Electron IPC and over a WebSocket on loopback.
 */

/** Longest request, in characters of its JSON. */
export const MAX_REQUEST_LENGTH = 65_536;

const id = z.string().min(1).max(64);
const nothing = z.null();

/** Requests a window may make: what goes in and what comes back. */
export const REQUESTS = {
  /** The state now; changes follow as events. */
  'state.get': { input: z.object({}), output: snapshotSchema },
  /** Calls an address, number or pasted link. `accountId` null takes the default account. */
  'call.start': {
    input: z.object({ target: z.string().min(1).max(1024), accountId: id.nullable() }),
    output: z.object({ callId: id }),
  },
  'call.answer': { input: z.object({ callId: id }), output: nothing },
  /** Declines an incoming call with 603. */
  'call.decline': { input: z.object({ callId: id }), output: nothing },
  /** Ends a call in whatever state: CANCEL, BYE or 603. */
  'call.hangUp': { input: z.object({ callId: id }), output: nothing },
  'call.mute': { input: z.object({ callId: id, muted: z.boolean() }), output: nothing },
  'call.dtmf': { input: z.object({ callId: id, digits: z.string().regex(/^[0-9*#A-D]{1,64}$/) }), output: nothing },
  /** Takes an ended call, with its diagnosis, out of the state. */
  'call.dismiss': { input: z.object({ callId: id }), output: nothing },
  /** Adds an account and registers it. */
  'account.add': {
    input: z.object({
      address: z.string().min(3).max(512),
      password: z.string().max(512),
      displayName: z.string().max(256),
      /** `host`, `host:port` or empty: found from the address. */
      server: z.string().max(512),
      transport: z.enum(['udp', 'tcp', 'tls']),
      srtp: z.enum(['mandatory', 'optional', 'off']),
      /** PEM of an authority to trust beside the system's, or empty. */
      trust: z.string().max(32_768),
      verify: z.boolean(),
    }),
    output: z.object({ accountId: id }),
  },
  'account.remove': { input: z.object({ accountId: id }), output: nothing },
  /** Registers again at once. */
  'account.register': { input: z.object({ accountId: id }), output: nothing },
  'account.setDefault': { input: z.object({ accountId: id }), output: nothing },
  'audio.route': {
    input: z.object({ input: z.string().max(256).nullable(), output: z.string().max(256).nullable() }),
    output: nothing,
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

export type RequestName = keyof typeof REQUESTS;
export type RequestInput<N extends RequestName> = z.infer<(typeof REQUESTS)[N]['input']>;
export type RequestOutput<N extends RequestName> = z.infer<(typeof REQUESTS)[N]['output']>;

/** Events a window gets without asking. */
export const EVENTS = {
  /** The whole state after a change; several changes of one turn are one event. */
  state: snapshotSchema,
  /** Levels of running calls, 0 to 1, ten times a second. */
  levels: z.array(z.object({ callId: id, sent: z.number(), received: z.number() })),
} as const satisfies Record<string, z.ZodType>;

export type EventName = keyof typeof EVENTS;
export type EventBody<N extends EventName> = z.infer<(typeof EVENTS)[N]>;

/** What goes over the wire, either way. */
export const requestMessage = z.object({ id: z.number().int().nonnegative(), request: z.string(), input: z.unknown() });
export const replyMessage = z.union([
  z.object({ id: z.number().int(), output: z.unknown() }),
  z.object({ id: z.number().int(), error: diagnosisSchema }),
]);
export const eventMessage = z.object({ event: z.string(), body: z.unknown() });

/** Answers requests; the phone implements it. A refusal comes back as its diagnosis. */
export type RequestHandlers = {
  readonly [N in RequestName]: (input: RequestInput<N>) => Promise<RequestOutput<N>>;
};
