import * as z from 'zod';
import { securitySchema } from './state.ts';

/** The call history and the contacts as windows see them. Times are milliseconds since 1970. */

export const historyQuerySchema = z.object({
  filter: z.enum(['all', 'missed']),
  /** Words that name or number must hold; empty for all. */
  text: z.string().max(256),
});
export type HistoryQuery = z.infer<typeof historyQuerySchema>;

/** How a call went. `running`: it goes on; `cut-off`: the program ended before the call did. */
export const callOutcomeSchema = z.enum([
  'running',
  'answered',
  'missed',
  'elsewhere',
  'declined',
  'forwarded',
  'cancelled',
  'failed',
  'cut-off',
]);
export type CallOutcome = z.infer<typeof callOutcomeSchema>;

export const historyEntrySchema = z.object({
  id: z.string(),
  accountId: z.string(),
  /** The address of the account, which may be gone by now. */
  account: z.string(),
  direction: z.enum(['outgoing', 'incoming']),
  address: z.string(),
  /** The name of the contact with this number, else the one that the call brought. */
  name: z.string(),
  startedAt: z.number(),
  connectedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  outcome: callOutcomeSchema,
  /** The diagnosis of a call that failed. */
  code: z.string().nullable(),
  /** What was true of the call at its end. */
  security: securitySchema.shape.state,
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** A day of the history, newest first, with how many of its calls fit the query. */
export const historyDaySchema = z.object({
  /** Any moment of the day is in it, as `20270314` by the time zone of this machine. */
  day: z.number().int(),
  count: z.number().int(),
});
export type HistoryDay = z.infer<typeof historyDaySchema>;

export const contactAddressSchema = z.object({
  /** A number or an address, as it is dialled. */
  address: z.string().trim().min(1).max(256),
  /** What kind it is: `work`, `home`, `mobile`, or a word of the person's own. */
  label: z.string().trim().max(64),
});
export type ContactAddress = z.infer<typeof contactAddressSchema>;

/** Most numbers and addresses of a contact. */
export const MAX_CONTACT_ADDRESSES = 32;

/** A contact as it is entered. */
export const contactDraftSchema = z.object({
  name: z.string().trim().min(1).max(256),
  favourite: z.boolean(),
  notes: z.string().max(4_096),
  addresses: z.array(contactAddressSchema).max(MAX_CONTACT_ADDRESSES),
});
export type ContactDraft = z.infer<typeof contactDraftSchema>;

export const contactSchema = contactDraftSchema.extend({ id: z.string() });
export type Contact = z.infer<typeof contactSchema>;

export const contactFormatSchema = z.enum(['vcard', 'csv']);
export type ContactFormat = z.infer<typeof contactFormatSchema>;

/** What became of a file of contacts. */
export const importReportSchema = z.object({
  format: contactFormatSchema,
  /** In which letters it was written. */
  encoding: z.enum(['utf-8', 'utf-16', 'windows-1252']),
  added: z.number().int(),
  /** Those that an earlier contact with the same number took in. */
  merged: z.number().int(),
  skipped: z.number().int(),
  /** The first of those skipped: where in the file, and why. */
  problems: z.array(
    z.object({ line: z.number().int(), reason: z.enum(['no-name', 'no-number', 'broken', 'too-long', 'too-many']) }),
  ),
});
export type ImportReport = z.infer<typeof importReportSchema>;

/** Somebody who fits what is typed: a number of a contact, or of an earlier call. */
export const personHitSchema = z.object({
  address: z.string(),
  name: z.string(),
  label: z.string(),
  source: z.enum(['contact', 'history']),
});
export type PersonHit = z.infer<typeof personHitSchema>;
