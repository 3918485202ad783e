import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseUri } from '../../../../core/sip/message/uri.ts';
import { FlowTokens } from '../../../../core/sip/transport/flow-tokens.ts';
import { MemoryFlow } from '../../../support/memory-flow.ts';

const mac =
  (key: string) =>
  (octets: Uint8Array): Uint8Array =>
    createHmac('sha256', key).update(octets).digest();

describe('RFC 5626 §5 flow tokens', () => {
  const one = new MemoryFlow({ id: 'internal-tls-1' });
  const other = new MemoryFlow({ id: 'internal-tls-2' });
  const tokens = new FlowTokens(mac('secret'), () => [one, other]);

  it('§5.2 a token leads to its flow and no other, and fits into a URI as it is', () => {
    expect(tokens.find(tokens.encode(other))).toEqual({ ok: true, value: other });
    expect(tokens.encode(one)).not.toBe(tokens.encode(other));
    expect(parseUri(`sip:${tokens.encode(one)}@192.0.2.1;lr`)).toMatchObject({ value: { user: tokens.encode(one) } });
  });

  it('§5.3 a token that was changed or made up MUST be refused with 403', () => {
    const token = tokens.encode(one);
    const moved = token.replace('tls-1', 'tls-2');
    const foreign = new FlowTokens(mac('another secret'), () => [one]).encode(one);
    for (const bad of ['', '.', 'internal-tls-1', `.${one.id}`, moved, foreign, token.slice(1), `${token}0`]) {
      expect(tokens.find(bad)).toEqual({ ok: false, error: 403 });
    }
  });

  it('§5.3 a token whose flow is gone gets 430', () => {
    const gone = new MemoryFlow({ id: 'internal-tls-3' });
    const token = tokens.encode(gone);
    expect(tokens.find(token)).toEqual({ ok: false, error: 430 });
    const closed = new MemoryFlow({ id: 'internal-tls-4' });
    const holding = new FlowTokens(mac('secret'), () => [closed]);
    closed.close();
    expect(holding.find(tokens.encode(closed))).toEqual({ ok: false, error: 430 });
  });
});
