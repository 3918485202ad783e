import { beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../../../core/phone/account.ts';
import { MailboxLamp } from '../../../core/phone/mailbox-lamp.ts';
import { parseMessage } from '../../../core/sip/message/parser.ts';
import { sipUri } from '../../../core/sip/message/uri.ts';
import type { ServerTransaction } from '../../../core/sip/transaction/transaction-user.ts';
import type { UserAgent } from '../../../core/sip/ua/user-agent.ts';
import { MemoryFlow } from '../../support/memory-flow.ts';

const registered = new MemoryFlow({ protocol: 'tls' });
const account = {
  options: { address: sipUri({ user: '1000', host: 'example.com' }) },
  registration: { view: { flows: [registered] } },
} as unknown as Account;

let changes: number;
let lamp: MailboxLamp;

beforeEach(() => {
  changes = 0;
  lamp = new MailboxLamp(account, {} as unknown as UserAgent, () => changes++);
});

/** A NOTIFY with these lines, on `flow`. */
function notify(
  body: string,
  flow = registered,
  event = 'message-summary',
): Pick<ServerTransaction, 'request' | 'flow'> {
  const text = [
    'NOTIFY sip:1000@192.0.2.9 SIP/2.0',
    'Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:asterisk@example.com>;tag=1',
    'To: <sip:1000@example.com>',
    'Call-ID: a',
    'CSeq: 1 NOTIFY',
    `Event: ${event}`,
    'Content-Type: application/simple-message-summary',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
  const parsed = parseMessage(new TextEncoder().encode(text));
  if (!parsed.ok || parsed.value.kind !== 'request') throw new Error('not a request');
  return { request: parsed.value, flow };
}

describe('a NOTIFY that nobody subscribed to (RFC 3842, as Asterisk and FreeSWITCH send it)', () => {
  it.each([
    ['counts', 'Messages-Waiting: yes\r\nMessage-Account: sip:asterisk@example.com\r\nVoice-Message: 2/8 (0/2)\r\n', { fresh: 2, old: 8, listen: 'asterisk' }],
    ['only that something waits', 'Messages-Waiting: yes\r\n', { fresh: 1, old: 0, listen: '*98' }],
    ['that nothing waits', 'Messages-Waiting: no\r\nMessage-Account: sip:1000@example.com\r\n', { fresh: 0, old: 0, listen: '*98' }],
  ])('with %s lights the lamp so', (_what, body, state) => {
    expect(lamp.takeUnsolicited(notify(body))).toBe(true);
    expect(lamp.state).toEqual(state);
    expect(changes).toBe(1);
  }); // prettier-ignore

  it.each([
    ['from anybody else than the server', notify('Messages-Waiting: yes\r\n', new MemoryFlow())],
    ['of another event', notify('Messages-Waiting: yes\r\n', registered, 'presence')],
    ['without a summary', notify('hello')],
  ])('%s is left alone', (_what, transaction) => {
    expect(lamp.takeUnsolicited(transaction)).toBe(false);
    expect(lamp.state).toBeUndefined();
  });
});
