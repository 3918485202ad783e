import * as z from 'zod';

/** Text messages as windows see them. Times are milliseconds since 1970. */

/** Longest text that is sent, in characters. */
export const MAX_MESSAGE_LENGTH = 8000;

export const messageSchema = z.object({
  id: z.string(),
  accountId: z.string(),
  direction: z.enum(['outgoing', 'incoming']),
  /** The other side, as `sip:user@host`. */
  address: z.string(),
  /** The name of the contact with this number, else what the message said. */
  name: z.string(),
  text: z.string(),
  at: z.number(),
  /** `sending` of an earlier run of the program is `failed`: nobody knows. */
  state: z.enum(['sending', 'sent', 'failed', 'received']),
  /** The diagnosis of one that failed. */
  code: z.string().nullable(),
  /** Whether it went between this phone and the server over TLS with a server that proved who it is. */
  encrypted: z.boolean(),
});
export type TextMessage = z.infer<typeof messageSchema>;

/** All messages with one other side over one account. */
export const threadSchema = z.object({
  accountId: z.string(),
  address: z.string(),
  name: z.string(),
  last: messageSchema,
  /** Messages that nobody has looked at. */
  unseen: z.number().int(),
});
export type MessageThread = z.infer<typeof threadSchema>;
