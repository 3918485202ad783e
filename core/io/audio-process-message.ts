import type { AudioDevice, AudioRoute } from '../audio/audio-port.ts';

/** What the audio process is told, over the IPC channel of its fork (structured clone). */
export type AudioProcessCommand =
  | { readonly kind: 'list' }
  /** Opens and starts the directions that are not open yet. */
  | { readonly kind: 'open'; readonly route: AudioRoute }
  /** One frame for the speaker. */
  | { readonly kind: 'play'; readonly samples: Int16Array };

/** One direction after opening. */
export interface OpenedDirection {
  /** The device in use; `undefined`: none. */
  readonly device: string | undefined;
  /** Whether the device that was asked for is not there and the system's default took its place. */
  readonly replaced: boolean;
  /** What the system said, where it did not open. */
  readonly reason: string | undefined;
}

/** What the audio process tells. */
export type AudioProcessReport =
  | { readonly kind: 'devices'; readonly devices: readonly AudioDevice[] }
  /** `devices` is the list that the choice was made from. */
  | {
      readonly kind: 'opened';
      readonly input: OpenedDirection;
      readonly output: OpenedDirection;
      readonly devices: readonly AudioDevice[];
    }
  /** One frame from the microphone. */
  | { readonly kind: 'frame'; readonly samples: Int16Array }
  /** The speaker took frames; about ten times a second. */
  | { readonly kind: 'progress' }
  /** naudiodon is not there or does not load on this machine. */
  | { readonly kind: 'no-module'; readonly reason: string };
