import { describe, expect, it } from 'vitest';
import { createRequest } from '../../../../core/sip/message/factory.ts';
import { serializeMessage } from '../../../../core/sip/message/serializer.ts';
import { mustLeaveUdp } from '../../../../core/sip/transport/must-leave-udp.ts';
import { datagramResponseTarget, streamResponseTarget } from '../../../../core/sip/transport/response-target.ts';
import { fillReceived } from '../../../../core/sip/transport/via-received.ts';
import { options } from './harness.ts';

const from = { address: '198.51.100.7', port: 40_000 };

function filled(via: string, remote = from): string {
  const request = options(via);
  fillReceived(request, remote, 30);
  return request.headers.getAll('Via').join(' | ');
}

const viaOf = (text: string) => options(text).via!;

describe('fillReceived', () => {
  it('§18.2.1 MUST add received where sent-by is a name or another address', () => {
    expect(filled('SIP/2.0/UDP pc33.example.org;branch=z9hG4bK1')).toBe(
      'SIP/2.0/UDP pc33.example.org;branch=z9hG4bK1;received=198.51.100.7',
    );
    expect(filled('SIP/2.0/UDP 192.168.1.2:5060;branch=z9hG4bK1')).toContain(';received=198.51.100.7');
  });

  it('§18.2.1 leaves Via alone where sent-by is the source address, however IPv6 is spelled', () => {
    expect(filled('SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1')).not.toContain('received');
    const v6 = filled('SIP/2.0/UDP [2001:DB8:0:0::0001]:5060;branch=z9hG4bK1', { address: '2001:db8::1', port: 5060 });
    expect(v6).not.toContain('received');
    expect(filled('SIP/2.0/UDP [2001:db8::2];branch=z9hG4bK1', { address: '2001:db8::1', port: 1 })).toContain(
      ';received=2001:db8::1',
    );
  });

  it('RFC 3581 §4 MUST fill rport with the source port and add received even where it is the same', () => {
    expect(filled('SIP/2.0/UDP 198.51.100.7:5060;rport;branch=z9hG4bK1')).toBe(
      'SIP/2.0/UDP 198.51.100.7:5060;rport=40000;branch=z9hG4bK1;received=198.51.100.7',
    );
  });

  it('replaces what the client made up itself', () => {
    const via = filled('SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=203.0.113.9;rport=1');
    expect(via).toContain('received=198.51.100.7');
    expect(via).toContain('rport=40000');
    expect(filled('SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1;received=203.0.113.9')).not.toContain('received');
  });

  it('touches the topmost Via only, in one field with others or not', () => {
    const request = options('SIP/2.0/UDP a.example.org;branch=z9hG4bK2, SIP/2.0/TCP b.example.org;branch=z9hG4bK1', [
      'Via: SIP/2.0/TCP c.example.org;branch=z9hG4bK0',
    ]);
    fillReceived(request, from, 30);
    expect(request.headers.getAll('Via')).toEqual([
      'SIP/2.0/UDP a.example.org;branch=z9hG4bK2;received=198.51.100.7, SIP/2.0/TCP b.example.org;branch=z9hG4bK1',
      'SIP/2.0/TCP c.example.org;branch=z9hG4bK0',
    ]);
    expect([...request.headers][0]?.[0]).toBe('Via');
    expect(request.via?.parameters.get('received')).toBe('198.51.100.7');
  });
});

describe('response targets', () => {
  it('RFC 3581 §4 MUST answer to the source port where rport was asked for', () => {
    expect(datagramResponseTarget(viaOf('SIP/2.0/UDP 192.0.2.1:5062;rport=40000'), from)).toEqual(from);
  });

  it('§18.2.2 MUST answer to the received address and the port of sent-by, or 5060', () => {
    const received = 'received=198.51.100.7';
    expect(datagramResponseTarget(viaOf(`SIP/2.0/UDP 192.0.2.1:5062;${received}`), from)).toEqual({
      address: '198.51.100.7',
      port: 5062,
    });
    expect(datagramResponseTarget(viaOf(`SIP/2.0/UDP 192.0.2.1;${received}`), from).port).toBe(5060);
  });

  it('§18.2.2 MUST answer to maddr where there is one', () => {
    expect(datagramResponseTarget(viaOf('SIP/2.0/UDP 192.0.2.1:5062;maddr=192.0.2.77'), from)).toEqual({
      address: '192.0.2.77',
      port: 5062,
    });
  });

  it('§18.2.2 opens a lost connection to received and the port of sent-by, 5061 with TLS', () => {
    const via = viaOf('SIP/2.0/TLS phone.example.org;received=198.51.100.7');
    expect(streamResponseTarget(via, 'tls', from)).toEqual({ address: '198.51.100.7', port: 5061 });
    expect(streamResponseTarget(viaOf('SIP/2.0/TCP phone.example.org:6000'), 'tcp', from)).toEqual({
      address: '198.51.100.7',
      port: 6000,
    });
  });
});

describe('RFC 6223 keep in Via, as a server', () => {
  const via = 'SIP/2.0/UDP 198.51.100.7:5060;keep;branch=z9hG4bK1';
  const kept = (method: string, to: string, top = via): string | null | undefined => {
    const { uri } = options(via);
    const request = createRequest({ method, uri, headers: [['Via', top], ['To', to], ['CSeq', `1 ${method}`]] }); // prettier-ignore
    fillReceived(request, from, 30);
    return request.via?.parameters.get('keep');
  };

  it('§4.3 says how often it wants keep-alives where a registration or a dialog comes about', () => {
    expect(kept('REGISTER', '<sip:alice@example.org>')).toBe('30');
    expect(kept('INVITE', '<sip:bob@example.org>')).toBe('30');
  });

  it('§4.3 MUST NOT where they were not offered, or where nothing comes about that they could belong to', () => {
    expect(kept('REGISTER', '<sip:a@example.org>', 'SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1')).toBeUndefined();
    expect(kept('INVITE', '<sip:bob@example.org>;tag=1')).toBeNull();
    expect(kept('OPTIONS', '<sip:bob@example.org>')).toBeNull();
  });
});

describe('zones of IPv6 addresses', () => {
  it('RFC 6874 §1 stay on this machine: received has none, and a sent-by without one is the same address', () => {
    const remote = { address: 'fe80::1%eth0', port: 5060 };
    expect(filled('SIP/2.0/UDP [fe80::1]:5060;branch=z9hG4bK1', remote)).not.toContain('received');
    expect(filled('SIP/2.0/UDP phone.example.org;rport;branch=z9hG4bK1', remote)).toContain(';received=fe80::1');
    expect(filled('SIP/2.0/UDP phone.example.org;rport;branch=z9hG4bK1', remote)).not.toContain('%');
  });

  it('responses go to the address with its zone, without which no socket finds the way', () => {
    const remote = { address: 'fe80::1%eth0', port: 40_000 };
    expect(datagramResponseTarget(viaOf('SIP/2.0/UDP [fe80::1]:5062'), remote)).toEqual({ ...remote, port: 5062 });
    expect(streamResponseTarget(viaOf('SIP/2.0/TCP [fe80::1];received=fe80::1'), 'tcp', remote)).toEqual({
      ...remote,
      port: 5060,
    });
  });
});

describe('mustLeaveUdp', () => {
  it('§18.1.1 MUST NOT send a request of more than 1300 octets by UDP', () => {
    const via = 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1';
    const room = 1300 - serializeMessage(options(via, ['X-Filler: '])).length;
    expect(mustLeaveUdp(options(via, [`X-Filler: ${'x'.repeat(room)}`]))).toBe(false);
    expect(mustLeaveUdp(options(via, [`X-Filler: ${'x'.repeat(room + 1)}`]))).toBe(true);
  });
});
