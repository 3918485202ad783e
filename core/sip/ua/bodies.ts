import type { SipMessage } from '../message/message.ts';
import type { Body } from './session-description-handler.ts';

/** The body of a message, where it has one with a type. */
export function bodyOf(message: SipMessage): Body | undefined {
  if (message.body.length === 0 || message.contentType === undefined) return undefined;
  return { contentType: message.contentType, content: message.body };
}

/** What the parts of a request or response say for a body, or for none. */
export function bodyParts(body: Body | undefined): { readonly body?: Uint8Array; readonly contentType?: string } {
  return body === undefined ? {} : { body: body.content, contentType: body.contentType };
}

/** A whole Warning value: code, agent, text. `text` is `305 "…"`. */
export function warning(text: string): string {
  const space = text.indexOf(' ');
  return `${text.slice(0, space)} sotto ${text.slice(space + 1)}`;
}
