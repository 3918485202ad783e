import type { WindowChannel } from '../core/api/channel.ts';

/** A channel on which the shell itself may say something, once the page listens: links wait for that. */
export interface OfferingChannel extends WindowChannel {
  /** Puts a text into the dial field; nothing is called. */
  offer(text: string): void;
}

/** Lets the shell speak on the channel of a window. A page that has asked for something listens. */
export function offering(channel: WindowChannel): OfferingChannel {
  const waiting: string[] = [];
  let listens = false;
  const say = (text: string): void => {
    channel.send(JSON.stringify({ event: 'offered', body: { text } }));
  };
  return {
    send: channel.send,
    onMessage: (listener) =>
      channel.onMessage((text) => {
        listener(text);
        listens = true;
        for (const offered of waiting.splice(0)) say(offered);
      }),
    offer: (text) => {
      if (listens) say(text);
      else waiting.splice(0, 1, text);
    },
  };
}
