import type { WindowChannel } from './channel.ts';

/** What a shell decides for the phone that it starts. */
export interface PhoneRuntimeOptions {
  /** Folder for everything that outlives the program; made when it is not there. */
  readonly dataDir: string;
  /** Folder of the files that come with the program: sounds, templates. */
  readonly resourcesDir: string;
  /** The program's version, as shown and as sent in User-Agent. */
  readonly version: string;
  /** How much of the trace goes to standard error: 0 nothing, 4 everything. */
  readonly verbosity?: number;
  /** File that gets the whole trace. */
  readonly traceFile?: string | undefined;
}

/** A whole running phone, with its switch, as a shell sees it. */
export interface PhoneRuntime {
  /** Serves the contract to a window until the returned function is called. */
  attach(channel: WindowChannel): () => void;
  /** Ends calls, registrations, sockets and devices politely. */
  close(): Promise<void>;
}
