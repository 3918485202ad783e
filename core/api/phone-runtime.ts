/** Carries the messages of the contract, as text, between the core and one window. */
export interface TextChannel {
  /** Sends to the window; does nothing once the window has gone. */
  send(text: string): void;
  /** Names the one who takes what the window sends. */
  onMessage(listener: (text: string) => void): void;
  /** Names the one who is told, once, that the window has gone. */
  onClose(listener: () => void): void;
}

/** What a shell decides for the phone that it starts. */
export interface PhoneRuntimeOptions {
  /** Folder for everything that outlives the program; made when it is not there. */
  readonly dataDir: string;
  /** Folder of the files that come with the program: sounds, templates. */
  readonly resourcesDir: string;
  /** The program's version, as shown and as sent in User-Agent. */
  readonly version: string;
}

/** A whole running phone, with its switch, as a shell sees it. */
export interface PhoneRuntime {
  /** Serves the contract to a window until it closes. */
  attach(channel: TextChannel): void;
  /** Ends calls, registrations, sockets and devices politely. */
  close(): Promise<void>;
}
