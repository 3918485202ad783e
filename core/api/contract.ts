import * as z from 'zod';
import {
  contactDraftSchema,
  contactFormatSchema,
  contactSchema,
  historyDaySchema,
  historyEntrySchema,
  historyQuerySchema,
  importReportSchema,
  personHitSchema,
} from './people.ts';
import { MAX_MESSAGE_LENGTH, messageSchema, threadSchema } from './messages.ts';
import { recordingSchema } from './recordings.ts';
import { diagnosisSchema, importedAccountSchema, settingsSchema, snapshotSchema } from './state.ts';
import { SWITCH_REQUESTS } from './switch.ts';

/**
 * The contract between core and windows, declared once: each request gives its type, its check at run time and its client
 * method. The same contract runs over Electron IPC and over a WebSocket on loopback.
 */

/** Longest request, in characters of its JSON. */
export const MAX_REQUEST_LENGTH = 65_536;

const id = z.string().min(1).max(64);
const nothing = z.null();
/** The other side of a conversation, as `messages.threads` gives it. */
const messageAddress = z.string().min(1).max(1024);

const recordingName = z.string().min(1).max(256);

/** Part of a list. */
const page = { offset: z.number().int().nonnegative(), limit: z.number().int().min(1).max(500) };

const traceLevel = z.number().int().min(0).max(9);

/** The head of an event; what else it says differs from kind to kind. */
const traceEventSchema = z.looseObject({
  seq: z.number(),
  time: z.string(),
  mono: z.number(),
  level: traceLevel,
  component: z.string(),
  kind: z.string(),
});

/** An account as the form has it. */
const newAccount = z.object({
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
});

/** A file in pieces of base64, the first with `upload` null. */
const filePiece = z.object({ upload: id.nullable(), data: z.string().max(60_000), last: z.boolean() });

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
  /** Puts the other side on hold, or takes it off; whoever is taken off puts the other calls on hold. */
  'call.hold': { input: z.object({ callId: id, held: z.boolean() }), output: nothing },
  /** Makes calls that are answered one conversation; hold and mute then go for all of them. */
  'call.merge': { input: z.object({ callIds: z.array(id).min(2).max(8) }), output: nothing },
  /** Takes a call out of the conversation, on hold; the others go on. */
  'call.split': { input: z.object({ callId: id }), output: nothing },
  /** Records a call that is answered, or ends that. */
  'call.record': { input: z.object({ callId: id, on: z.boolean() }), output: nothing },
  /** Sends the other side to an address at once. How that goes is in the state. */
  'call.transfer': { input: z.object({ callId: id, target: z.string().min(1).max(1024) }), output: nothing },
  /** Holds the call and calls an address, to speak first; `call.connect` of the new call then joins the two. */
  'call.consult': {
    input: z.object({ callId: id, target: z.string().min(1).max(1024) }),
    output: z.object({ callId: id }),
  },
  /** Joins the call that a consultation is for with the one consulted, and leaves both. */
  'call.connect': { input: z.object({ callId: id }), output: nothing },
  /** Answers a transfer that the other side asks for: `accept` calls the address. */
  'call.answerTransfer': { input: z.object({ callId: id, accept: z.boolean() }), output: nothing },
  /** Takes an ended call, with its diagnosis, out of the state. */
  'call.dismiss': { input: z.object({ callId: id }), output: nothing },
  /** Adds an account and registers it. */
  'account.add': {
    input: newAccount,
    output: z.object({ accountId: id }),
  },
  /** An account as the form has it; the password is left out. */
  'account.read': { input: z.object({ accountId: id }), output: newAccount.omit({ password: true }) },
  /** Changes an account and registers it again; an empty password keeps the one that there is. */
  'account.change': { input: newAccount.extend({ accountId: id }), output: nothing },
  /** Adds the accounts of MicroSIP.ini or linphonerc, sent as `contacts.import` is. */
  'account.import': {
    input: filePiece,
    output: z.object({ upload: id, report: z.array(importedAccountSchema).nullable() }),
  },
  'account.remove': { input: z.object({ accountId: id }), output: nothing },
  /** Registers again at once. */
  'account.register': { input: z.object({ accountId: id }), output: nothing },
  'account.setDefault': { input: z.object({ accountId: id }), output: nothing },
  /** Tests the server of an account, step by step; a test that runs already ends. How it goes is in the state. */
  'account.test': { input: z.object({ accountId: id }), output: nothing },
  /** The same for an account as the form has it; with an empty password, that of the account that is changed. */
  'account.testNew': { input: newAccount.extend({ accountId: id.nullable() }), output: nothing },
  /** Ends the test, where it still runs, and puts it away. */
  'account.endTest': { input: z.object({}), output: nothing },
  /** Events of the trace after number `after`, oldest first; `captured` brings octets and secrets, too, where they were captured. */
  'trace.read': {
    input: z.object({
      after: z.number().int().nonnegative(),
      limit: z.number().int().min(1).max(2_000),
      captured: z.boolean(),
    }),
    output: z.object({
      events: z.array(traceEventSchema),
      next: z.number().int(),
      more: z.boolean(),
      /** Up to which level events are kept. */
      level: traceLevel,
      /** Until when octets and secrets are captured, in milliseconds since 1970; null where they are not. */
      capturedUntil: z.number().nullable(),
    }),
  },
  /** Up to which level events are kept from now on. */
  'trace.level': { input: z.object({ level: traceLevel }), output: nothing },
  /** Captures octets and TLS secrets of the connections that open from now on, for at most an hour; 0 ends it. */
  'trace.capture': { input: z.object({ minutes: z.number().int().min(0).max(60) }), output: nothing },
  /** What would be called for a text: the address, or null and why not. Nothing is called. */
  'dial.resolve': {
    input: z.object({ target: z.string().max(4_096), accountId: id.nullable() }),
    output: z.object({ address: z.string().nullable(), reason: z.string().nullable() }),
  },
  /** Contacts and people of earlier calls that fit a text, contacts first, favourites before all. */
  'people.search': {
    input: z.object({ text: z.string().max(256) }),
    output: z.object({ hits: z.array(personHitSchema) }),
  },
  /** Calls that fit, newest first, from number `offset` on, and how many there are. */
  'history.read': {
    input: historyQuerySchema.extend(page),
    output: z.object({ total: z.number().int(), entries: z.array(historyEntrySchema) }),
  },
  /** The days on which calls that fit began, newest first. */
  'history.days': { input: historyQuerySchema, output: z.object({ days: z.array(historyDaySchema) }) },
  /** Removes calls, all with null. For half a minute `history.restore` brings them back. */
  'history.remove': { input: z.object({ callIds: z.array(id).min(1).max(1_000).nullable() }), output: nothing },
  'history.restore': { input: z.object({}), output: nothing },
  /** Somebody has looked at the missed calls. */
  'history.seen': { input: z.object({}), output: nothing },
  /** Conversations in text, the one with the newest message first. */
  'messages.threads': {
    input: z.object(page),
    output: z.object({ total: z.number().int(), threads: z.array(threadSchema) }),
  },
  /** Messages of one conversation, newest first. */
  'messages.read': {
    input: z.object({ accountId: id, address: messageAddress, ...page }),
    output: z.object({ total: z.number().int(), messages: z.array(messageSchema) }),
  },
  /** Sends a text. What becomes of it is in the conversation, which the answer names. */
  'messages.send': {
    input: z.object({
      accountId: id.nullable(),
      target: z.string().min(1).max(1024),
      text: z.string().min(1).max(MAX_MESSAGE_LENGTH),
    }),
    output: z.object({ messageId: id, accountId: id, address: z.string() }),
  },
  /** Somebody has looked at a conversation. */
  'messages.seen': { input: z.object({ accountId: id, address: messageAddress }), output: nothing },
  'messages.remove': { input: z.object({ accountId: id, address: messageAddress }), output: nothing },
  /** Recorded calls, newest first. */
  'recordings.list': { input: z.object({}), output: z.object({ recordings: z.array(recordingSchema) }) },
  /** A piece of the file of a recording, base64; more follows after `offset` and what came, unless it is the last. */
  'recordings.read': {
    input: z.object({ name: recordingName, offset: z.number().int().nonnegative() }),
    output: z.object({ data: z.string(), last: z.boolean() }),
  },
  'recordings.remove': { input: z.object({ name: recordingName }), output: nothing },
  /** Contacts that fit, favourites first, then by name. */
  'contacts.read': {
    input: z.object({ text: z.string().max(256), ...page }),
    output: z.object({ total: z.number().int(), contacts: z.array(contactSchema) }),
  },
  /** Writes a contact, a new one with null. */
  'contacts.save': {
    input: z.object({ contactId: id.nullable(), contact: contactDraftSchema }),
    output: z.object({ contactId: id }),
  },
  /** Removes a contact. For half a minute `contacts.restore` brings it back. */
  'contacts.remove': { input: z.object({ contactId: id }), output: nothing },
  'contacts.restore': { input: z.object({}), output: nothing },
  /**
   * A file of contacts, in pieces of base64, the first with `upload` null. With the last piece the file is read whole, or not at
   * all, and the report says what became of it.
   */
  'contacts.import': {
    input: filePiece,
    output: z.object({ upload: id, report: importReportSchema.nullable() }),
  },
  /** All contacts as the text of a file. */
  'contacts.export': { input: z.object({ format: contactFormatSchema }), output: z.object({ text: z.string() }) },
  /** Takes over what is named of the settings; the rest stays. */
  'settings.set': { input: settingsSchema.partial(), output: nothing },
  'audio.route': {
    input: z.object({ input: z.string().max(256).nullable(), output: z.string().max(256).nullable() }),
    output: nothing,
  },
  ...SWITCH_REQUESTS,
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

export type RequestName = keyof typeof REQUESTS;
/** Requests about the trace, which are not the phone's to answer. */
export type TraceRequestName = Extract<RequestName, `trace.${string}`>;
/** Requests about the built-in switch, which are not the phone's either. */
export type SwitchRequestName = Extract<RequestName, `switch.${string}`>;
export type RequestInput<N extends RequestName> = z.infer<(typeof REQUESTS)[N]['input']>;
export type RequestOutput<N extends RequestName> = z.infer<(typeof REQUESTS)[N]['output']>;

/** Events a window gets without asking. */
export const EVENTS = {
  /** The whole state after a change; several changes of one turn are one event. */
  state: snapshotSchema,
  /** Levels of running calls, 0 to 1, ten times a second. */
  levels: z.array(z.object({ callId: id, sent: z.number(), received: z.number() })),
  /** A link that the desktop opened with this program, for the dial field; nothing is called. The shell says it, not the core. */
  offered: z.object({ text: z.string().min(1).max(1024) }),
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
