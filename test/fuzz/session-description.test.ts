import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import { OfferAnswer } from '../../core/sdp/offer-answer.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const GOOD = `v=0
o=- 1 1 IN IP4 192.0.2.2
s=-
c=IN IP4 192.0.2.2
t=0 0
m=audio 4000 RTP/SAVP 0 96 101
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:101 telephone-event/8000
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr
a=rtcp:4001
a=ptime:20
a=sendrecv
m=video 5000 RTP/AVP 97
a=rtpmap:97 VP8/90000
`.replaceAll('\n', '\r\n');

/** Pieces that stand where they should not. */
const PIECES = [
  '0',
  '-1',
  '99999999999',
  'm=audio 1 2 3',
  'a=rtpmap:0 5/6/7',
  'a=fmtp:0 8',
  'a=rtcp:70000',
  'a=crypto:',
  'c=IN IP4 9',
  '\r\n',
  '\0',
  ' ',
];

function offerTo(body: string): boolean {
  const party = new OfferAnswer({
    capabilities: mediaCapabilities({ secureMedia: 'optional' }),
    local: { address: '192.0.2.1', port: 30_000, rtcpPort: 30_001 },
    encryptedSignalling: true,
    random: new SeededRandom(1),
  });
  const answered = party.receiveOffer(body);
  party.createOffer();
  party.receiveAnswer(body);
  return answered.ok;
}

describe('a session description from outside', () => {
  it('is good where nothing was changed, or the tests below would prove nothing', () => {
    expect(offerTo(GOOD)).toBe(true);
  });

  it('never throws, whatever is put into it', () => {
    const edit = fc.record({
      at: fc.nat({ max: GOOD.length }),
      cut: fc.nat({ max: 30 }),
      piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 20 })),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const body = edits.reduce((text, { at, cut, piece }) => text.slice(0, at) + piece + text.slice(at + cut), GOOD);
        offerTo(body);
      }),
      { numRuns: 3000 },
    );
  });
});
