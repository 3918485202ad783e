import { describe, expect, it } from 'vitest';
import { mediaCapabilities } from '../../../core/media/capabilities.ts';
import { OfferAnswer, type SecureMedia } from '../../../core/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../../core/sdp/session-description.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const KEY = btoa('k'.repeat(30));

function side(
  secureMedia: SecureMedia,
  options: { encrypted?: boolean; codecs?: string[]; seed?: number } = {},
): OfferAnswer {
  return new OfferAnswer({
    capabilities: mediaCapabilities({ secureMedia, codecs: options.codecs }),
    local: { address: '192.0.2.1', port: 30_000, rtcpPort: 30_001 },
    encryptedSignalling: options.encrypted ?? true,
    random: new SeededRandom(options.seed ?? 1),
  });
}

function offerOf(party: OfferAnswer): string {
  const offer = party.createOffer();
  if (!offer.ok) throw new Error(offer.error.diagnosis.summary);
  return offer.value;
}

function sdp(media: string): string {
  return `v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n${media}`;
}

function refusalOf(party: OfferAnswer, offer: string): string {
  const answer = party.receiveOffer(offer);
  return answer.ok ? 'accepted' : `${answer.error.status} ${answer.error.diagnosis.code}`;
}

describe('offer and answer', () => {
  it('agree on RTP/SAVP with one suite where both insist, each with a key of its own', () => {
    const caller = side('mandatory', { seed: 1 });
    const callee = side('mandatory', { seed: 2 });
    const offer = offerOf(caller);
    expect(offer).toContain('m=audio 30000 RTP/SAVP ');
    const answered = callee.receiveOffer(offer);
    if (!answered.ok) throw new Error(answered.error.diagnosis.summary);
    const settled = caller.receiveAnswer(answered.value.answer);
    if (!settled.ok) throw new Error(settled.error.diagnosis.summary);
    const here = settled.value.parameters.srtp;
    const there = answered.value.stream.parameters.srtp;
    expect(here?.send.suite).toBe('AES_CM_128_HMAC_SHA1_80');
    expect(here?.send.masterKeyAndSalt.reveal()).toEqual(there?.receive.masterKeyAndSalt.reveal());
    expect(here?.receive.masterKeyAndSalt.reveal()).toEqual(there?.send.masterKeyAndSalt.reveal());
    expect(here?.send.masterKeyAndSalt.reveal()).not.toEqual(here?.receive.masterKeyAndSalt.reveal());
  });

  it('RFC 8643: offers RTP/AVP with keys where SRTP is optional, and is content without', () => {
    const offer = offerOf(side('optional'));
    expect(offer).toMatch(/m=audio 30000 RTP\/AVP /);
    expect(offer).toContain('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:');
    const withKeys = side('optional').receiveOffer(offer);
    expect(withKeys.ok && withKeys.value.stream.suite).toBe('AES_CM_128_HMAC_SHA1_80');
    const without = side('forbidden').receiveOffer(offer);
    expect(without.ok && without.value.stream.suite).toBeUndefined();
  });

  it('RFC 4568 §5.1.2: the answer repeats the tag of the first line that both have', () => {
    const callee = side('mandatory');
    const answer = callee.receiveOffer(
      sdp(
        `m=audio 4000 RTP/SAVP 0\r\na=crypto:7 F8_128_HMAC_SHA1_80 inline:${KEY}\r\na=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\r\n`,
      ),
    );
    expect(answer.ok && answer.value.answer).toMatch(/a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:/);
  });

  it.each([
    ['plain RTP where SRTP is mandatory', 'mandatory', 'm=audio 4000 RTP/AVP 0\r\n', '488 srtp.required-here'],
    ['SRTP where it is forbidden', 'forbidden', `m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\r\n`, '488 srtp.forbidden-here'],
    ['suites that we do not have', 'mandatory', `m=audio 4000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:${KEY}\r\n`, '488 srtp.no-common-suite'],
    ['a key that cannot be one', 'mandatory', 'm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUJD\r\n', '488 srtp.bad-crypto-line'],
    ['no codec that we have', 'optional', 'm=audio 4000 RTP/AVP 18\r\n', '488 sip.no-common-codec'],
    ['no audio at all', 'optional', 'm=video 4000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n', '488 sip.no-common-codec'],
    ['DTLS-SRTP, which we do not have yet', 'optional', 'm=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n', '488 sip.no-common-codec'],
    ['a name instead of an address', 'optional', 'm=audio 4000 RTP/AVP 0\r\nc=IN IP4 media.example.com\r\n', '488 media.address'],
    ['IPv6 where we are on IPv4', 'optional', 'm=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n', '488 media.address'],
  ] as const)('refuses %s', (_, policy, media, expected) => {
    expect(refusalOf(side(policy), sdp(media))).toBe(expected);
  }); // prettier-ignore

  it.each([
    '',
    'v=1\r\n',
    'v=0\r\nm=audio x RTP/AVP 0\r\n',
    'v=0\r\nm=audio 99999 RTP/AVP 0\r\n',
    `v=0\r\n${'a'.repeat(20_000)}`,
  ])('refuses what is no session description (%#)', (body) => {
    expect(refusalOf(side('optional'), body)).toMatch(/^(400 sip.parse|488 sip.no-common-codec)$/);
  });

  it('RFC 4568 §8.1: sends no keys over signalling that is not encrypted', () => {
    expect(offerOf(side('optional', { encrypted: false }))).not.toContain('a=crypto');
    const mandatory = side('mandatory', { encrypted: false }).createOffer();
    expect(mandatory.ok ? 'offered' : mandatory.error.diagnosis.code).toBe('srtp.keys-in-clear');
    const offer = sdp(`m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\r\n`);
    expect(refusalOf(side('optional', { encrypted: false }), offer)).toBe('488 srtp.keys-in-clear');
  });

  it('takes the secure one of doubled m-lines and refuses the other with port 0', () => {
    const answer = side('optional').receiveOffer(
      sdp(`m=audio 4000 RTP/AVP 0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\r\n`),
    );
    const session = parseSessionDescription(answer.ok ? answer.value.answer : '');
    expect(session.ok && session.value.media.map(({ port, profile }) => `${port} ${profile}`)).toEqual([
      '0 RTP/AVP',
      '30000 RTP/SAVP',
    ]);
  });

  it('RFC 3264 §6: has one line for each of the offer, in its order', () => {
    const answer = side('forbidden').receiveOffer(
      sdp(
        'm=video 5000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=audio 4000 RTP/AVP 8 0\r\nm=application 6000 TCP/X *\r\n',
      ),
    );
    const session = parseSessionDescription(answer.ok ? answer.value.answer : '');
    expect(session.ok && session.value.media.map(({ type, port }) => `${type} ${port}`)).toEqual([
      'video 0',
      'audio 30000',
      'application 0',
    ]);
    expect(answer.ok && answer.value.stream.parameters.send.name).toBe('PCMA');
  });

  it.each([
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
    ['sendrecv', 'sendrecv'],
  ])('RFC 3264 §6.1: answers %s with %s', (offered, answered) => {
    const answer = side('forbidden').receiveOffer(sdp(`m=audio 4000 RTP/AVP 0\r\na=${offered}\r\n`));
    expect(answer.ok && answer.value.answer).toContain(`a=${answered}\r\n`);
  });

  it('RFC 3264 §8: counts the version of a changed description up, and of that one alone', () => {
    const party = side('forbidden');
    const held = party.createOffer('sendonly');
    const offers = [offerOf(side('forbidden')), held.ok ? held.value : '', offerOf(party), offerOf(party)];
    const versions = offers.map((text) => parseSessionDescription(text));
    expect(versions.map((session) => session.ok && session.value.sessionVersion)).toEqual(['1', '1', '2', '2']);
    expect(offers[3]).toBe(offers[2]);
  });

  it('keeps its key when a re-INVITE keeps the other, and changes it when the other changes', () => {
    const callee = side('mandatory');
    const offer = (key: string): string =>
      sdp(`m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}\r\n`);
    const keyAfter = (key: string): string => {
      const answer = callee.receiveOffer(offer(key));
      return (answer.ok ? /inline:(\S+)/.exec(answer.value.answer)?.[1] : undefined) ?? 'none';
    };
    const first = keyAfter(KEY);
    expect(keyAfter(KEY)).toBe(first);
    expect(keyAfter(btoa('n'.repeat(30)))).not.toBe(first);
  });

  it.each([
    ['another profile', 'm=audio 4000 RTP/AVP 107\r\na=rtpmap:107 opus/48000/2\r\n', 'srtp.required-here'],
    ['no key', 'm=audio 4000 RTP/SAVP 107\r\na=rtpmap:107 opus/48000/2\r\n', 'srtp.bad-crypto-line'],
    ['a tag that was not offered', `m=audio 4000 RTP/SAVP 107\r\na=rtpmap:107 opus/48000/2\r\na=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\r\n`, 'srtp.bad-crypto-line'],
    ['port 0', 'm=audio 0 RTP/SAVP 107\r\n', 'sip.no-common-codec'],
  ] as const)('does not take an answer with %s', (_, media, code) => {
    const caller = side('mandatory');
    offerOf(caller);
    const settled = caller.receiveAnswer(sdp(media));
    expect(settled.ok ? 'accepted' : settled.error.diagnosis.code).toBe(code);
  }); // prettier-ignore

  it('gives telephone-event a payload type for each clock rate (RFC 4733 §2.1)', () => {
    const offer = offerOf(side('forbidden'));
    expect(offer).toContain('a=rtpmap:101 telephone-event/48000');
    expect(offer).toContain('a=rtpmap:102 telephone-event/8000');
  });

  it('answers with the preferred codec alone where the offer has it', () => {
    const party = side('forbidden');
    party.preferCodec('PCMU');
    const answer = party.receiveOffer(sdp('m=audio 4000 RTP/AVP 8 0\r\n'));
    expect(answer.ok && answer.value.stream.parameters.receive.map(({ name }) => name)).toEqual(['PCMU']);
  });
});

describe('RFC 3264 descriptions that we write', () => {
  const answerTo = (offer: string): string => {
    const answer = side('forbidden').receiveOffer(offer);
    if (!answer.ok) throw new Error(answer.error.diagnosis.summary);
    return answer.value.answer;
  };
  const formatsOf = (text: string): readonly string[] =>
    (/^m=audio \d+ \S+ (.*)$/m.exec(text)?.[1] ?? '').trim().split(' ');

  it('§5 are of one session each, with v=0, numbers in o=, a name that is not empty, and no bounds of time', () => {
    const [origin, ...sessions] = offerOf(side('forbidden'))
      .split(/^(?=v=)/m)
      .reverse();
    expect(sessions).toEqual([]);
    const [, sessionId = '', version = ''] = /^o=- (\d+) (\d+) IN IP4 192\.0\.2\.1\r$/m.exec(origin ?? '') ?? [];
    expect(BigInt(sessionId) < 2n ** 63n && BigInt(version) < 2n ** 62n).toBe(true);
    expect(origin).toMatch(/^s=\S+\r$/m);
    expect(origin).toMatch(/^t=0 0\r$/m);
  });

  it('§5.1 MUST have a mapping for every dynamic payload type, and list formats by preference', () => {
    const offer = offerOf(side('forbidden', { codecs: ['PCMA', 'opus', 'PCMU'] }));
    const formats = formatsOf(offer);
    for (const format of formats.filter((text) => Number(text) >= 96)) expect(offer).toContain(`a=rtpmap:${format} `);
    expect(formats.slice(0, 3).map((format) => (Number(format) >= 96 ? 'opus' : format))).toEqual(['8', 'opus', '0']);
  });

  it('§6 the t= of an answer MUST be that of the offer', () => {
    const offer = sdp('m=audio 4000 RTP/AVP 0\r\n').replace('t=0 0', 't=3976214400 3976218000');
    expect(answerTo(offer)).toContain('\r\nt=3976214400 3976218000\r\n');
    expect(side('forbidden').refuseOffer(offer)).toContain('\r\nt=3976214400 3976218000\r\n');
  });

  it('§6 the transport of each line of an answer MUST be that of the offer', () => {
    const answer = answerTo(sdp('m=audio 4000 RTP/AVPF 0\r\nm=audio 4002 RTP/AVP 0\r\n'));
    expect(answer.match(/^m=\S+ \S+ \S+/gm)).toEqual(['m=audio 30000 RTP/AVPF', 'm=audio 0 RTP/AVP']);
  });

  it('§6.1 an answer has at least one format, and none that was not offered, each with the number that it was offered with', () => {
    const answer = answerTo(
      sdp('m=audio 4000 RTP/AVP 18 120 99 0\r\na=rtpmap:120 opus/48000/2\r\na=rtpmap:99 telephone-event/48000\r\n'),
    );
    expect([...formatsOf(answer)].sort()).toEqual(['0', '120', '99']);
    expect(answer).toContain('a=rtpmap:120 opus/48000/2');
    expect(answer).toContain('a=rtpmap:99 telephone-event/48000');
  });

  it('§6.1, §7 what is sent has the payload type of the other description, what is received that of ours', () => {
    const party = side('forbidden', { codecs: ['opus'] });
    const [own = ''] = formatsOf(offerOf(party));
    const taken = party.receiveAnswer(sdp('m=audio 4000 RTP/AVP 120\r\na=rtpmap:120 opus/48000/2\r\n'));
    expect(own).not.toBe('120');
    expect(taken.ok && taken.value.parameters.send.payloadType).toBe(120);
    expect(taken.ok && taken.value.parameters.receive.map(({ payloadType }) => payloadType)).toEqual([Number(own)]);
  });

  it('§7 the first format of the answer is the one that is sent', () => {
    const party = side('forbidden', { codecs: ['PCMA', 'PCMU'] });
    offerOf(party);
    const taken = party.receiveAnswer(sdp('m=audio 4000 RTP/AVP 0 8\r\n'));
    expect(taken.ok && taken.value.parameters.send.name).toBe('PCMU');
  });
});

describe('RFC 3264 an offer within a session', () => {
  /** Two who agreed on what `offer` of the peer offered. */
  const agreed = (offer: string, secureMedia: SecureMedia = 'optional'): OfferAnswer => {
    const party = side(secureMedia);
    const answer = party.receiveOffer(sdp(offer));
    if (!answer.ok) throw new Error(answer.error.diagnosis.summary);
    return party;
  };
  const lines = (text: string): readonly string[] => text.split('\r\n').filter((line) => line.startsWith('m='));

  it('§8 MUST have as many m-lines as before, in their order', () => {
    const party = agreed('m=video 5000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=audio 4000 RTP/AVP 0\r\n');
    const offer = offerOf(party);
    expect(lines(offer).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['m=video 0', 'm=audio 30000']);
    const taken = party.receiveAnswer(sdp('m=video 0 RTP/AVP 96\r\nm=audio 4002 RTP/AVP 0\r\n'));
    expect(taken.ok && taken.value.parameters.remotePort).toBe(4002);
  });

  it('§8.3.2 MUST NOT give a payload type another meaning', () => {
    const party = agreed('m=audio 4000 RTP/AVP 107 0\r\na=rtpmap:107 telephone-event/8000\r\n');
    const offer = offerOf(party);
    expect(offer).toContain('a=rtpmap:107 telephone-event/8000');
    expect(offer).not.toContain('a=rtpmap:107 opus');
    const numbers = (/^m=audio \S+ \S+ (.*)$/m.exec(offer)?.[1] ?? '').trim().split(' ');
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('§8.3 keeps the profile that was agreed', () => {
    const party = agreed(`m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\r\n`);
    expect(lines(offerOf(party))[0]).toContain(' RTP/SAVP ');
  });

  it('§8.4 of an old c=0.0.0.0: nothing is sent, and the address in force stays', () => {
    const party = agreed('m=audio 4000 RTP/AVP 0\r\n');
    const held = party.receiveOffer(sdp('m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n'));
    expect(held.ok && held.value.stream.parameters).toMatchObject({
      direction: 'recvonly',
      remoteAddress: '192.0.2.2',
    });
  });

  it('§6.1 an answer that allows more than was offered is cut back to it', () => {
    const party = agreed('m=audio 4000 RTP/AVP 0\r\n');
    expect(party.createOffer('sendonly').ok).toBe(true);
    const taken = party.receiveAnswer(sdp('m=audio 4000 RTP/AVP 0\r\n'));
    expect(taken.ok && taken.value.parameters.direction).toBe('sendonly');
  });

  it('RFC 4568 §7.1.4 keeps our key, takes a fresh one where asked to, and the old one again where that was refused', () => {
    const party = agreed(
      `m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}\r\n`,
      'mandatory',
    );
    const keyOf = (rekey: boolean): string | undefined => {
      const offer = party.createOffer('sendrecv', rekey);
      return offer.ok ? /AES_CM_128_HMAC_SHA1_80 inline:(\S+)/.exec(offer.value)?.[1] : undefined;
    };
    const first = keyOf(false);
    expect(keyOf(false)).toBe(first);
    const fresh = keyOf(true);
    expect(fresh).not.toBe(first);
    party.withdrawOffer();
    expect(keyOf(false)).toBe(first);
  });

  it('RFC 3261 §13.2.2.4 the answer that refuses an offer has every line of it, with port 0', () => {
    const refusal = side('optional').refuseOffer(sdp('m=audio 4000 RTP/AVP 0\r\nm=video 5000 RTP/AVP 96\r\n'));
    expect(lines(refusal ?? '')).toEqual(['m=audio 0 RTP/AVP 0', 'm=video 0 RTP/AVP 96']);
    expect(side('optional').refuseOffer('nonsense')).toBeUndefined();
  });
});
