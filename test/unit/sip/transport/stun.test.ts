import { describe, expect, it } from 'vitest';
import { bindingRequest, bindingResponse, parseStun } from '../../../../core/sip/transport/stun.ts';

const ID = new Uint8Array([0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]);
const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function roundTrip(from: { address: string; port: number }) {
  const request = parseStun(bindingRequest(ID));
  if (request?.kind !== 'request') throw new Error('not a request');
  return parseStun(bindingResponse(request, from));
}

describe('RFC 5389 STUN, as far as RFC 5626 §8 needs it', () => {
  it('§6 a Binding request is a header of 20 octets with the magic cookie', () => {
    expect(bindingRequest(ID)).toEqual(hex('000100002112a442b7e7a701bc34d686fa87dfae'));
    expect(parseStun(bindingRequest(ID))).toEqual({ kind: 'request', transactionId: ID, unknown: [] });
  });

  it('§7.3.1 the answer MUST say where the request came from', () => {
    expect(roundTrip({ address: '192.0.2.1', port: 32_853 })).toEqual({
      kind: 'response',
      transactionId: ID,
      mapped: { address: '192.0.2.1', port: 32_853 },
    });
    expect(roundTrip({ address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 })).toMatchObject({
      mapped: { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 },
    });
    expect(roundTrip({ address: 'fe80::1%eth0', port: 1 })).toMatchObject({
      mapped: { address: 'fe80:0:0:0:0:0:0:1' },
    });
  });

  it('§15.2 XOR-MAPPED-ADDRESS is as RFC 5769 §2.2 has it', () => {
    const answer = '0101000c2112a442b7e7a701bc34d686fa87dfae002000080001a147e112a643';
    expect(parseStun(hex(answer))).toMatchObject({ mapped: { address: '192.0.2.1', port: 32_853 } });
  });

  it('§7.3.1 a request with an attribute that MUST be understood and is not gets 420', () => {
    const request = parseStun(hex('0001000c2112a442b7e7a701bc34d686fa87dfae00030004000000068022000056'.slice(0, 56)));
    expect(request).toBeUndefined();
    const strange = parseStun(hex('000100082112a442b7e7a701bc34d686fa87dfae0003000400000006'));
    if (strange?.kind !== 'request') throw new Error('not a request');
    expect(strange.unknown).toEqual([3]);
    const refusal = bindingResponse(strange, { address: '192.0.2.1', port: 1 });
    expect(refusal.subarray(0, 2)).toEqual(hex('0111'));
    expect(refusal.subarray(20, 28)).toEqual(hex('0009000400000414'));
    expect(parseStun(refusal)).toMatchObject({ kind: 'response', mapped: undefined });
  });

  it.each([
    '',
    '0001',
    '000100002112a443b7e7a701bc34d686fa87dfae',
    '000100042112a442b7e7a701bc34d686fa87dfae',
    '000300002112a442b7e7a701bc34d686fa87dfae',
    '000100042112a442b7e7a701bc34d686fa87dfae80220008',
  ])('%s is nothing of the kind', (text) => {
    expect(parseStun(hex(text))).toBeUndefined();
  });
});
