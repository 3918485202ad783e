import * as z from 'zod';

/** A recorded call, in a WAV file. */
export const recordingSchema = z.object({
  /** Of its file. */
  name: z.string(),
  /** The user or number of the other side. */
  who: z.string(),
  /** When it began, milliseconds since 1970. */
  at: z.number(),
  seconds: z.number(),
  octets: z.number(),
});
export type Recording = z.infer<typeof recordingSchema>;
