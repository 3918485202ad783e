import { describe, expect, it } from 'vitest';
import { MEDIA_OFFERS, offerBody, PLAIN_OFFER, takesOffer } from '../../../core/probe/media-offers.ts';
import { parseSessionDescription } from '../../../core/sdp/session-description.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const HERE = { address: '192.0.2.1', port: 5061 };
const bodyOf = (offer: (typeof MEDIA_OFFERS)[number]): string =>
  new TextDecoder().decode(offerBody(offer, HERE, new SeededRandom(1)).content);

describe('the offers of a probe', () => {
  it.each(MEDIA_OFFERS)('$name can be read, and would be taken by who sends it back', (offer) => {
    const body = bodyOf(offer);
    const parsed = parseSessionDescription(body);
    expect(parsed.ok && parsed.value.media[0]).toMatchObject({ profile: offer.profile, address: HERE.address });
    expect(takesOffer(offer, body)).toBe(true);
  });

  it.each(MEDIA_OFFERS.filter(({ suites, fingerprint }) => suites.length > 0 || fingerprint))(
    '$name is not taken by an answer without keys',
    (offer) => {
      const answer = bodyOf(offer).replace(/^a=(crypto|fingerprint):.*$/gm, 'a=note:none');
      expect(takesOffer(offer, answer)).toBe(false);
    },
  );

  it('RFC 3264 §6: port 0 refuses, and so does another profile', () => {
    const body = bodyOf(PLAIN_OFFER);
    expect(takesOffer(PLAIN_OFFER, body.replace('m=audio 9 ', 'm=audio 0 '))).toBe(false);
    expect(takesOffer(PLAIN_OFFER, body.replace('RTP/AVP', 'RTP/SAVP'))).toBe(false);
    expect(takesOffer(PLAIN_OFFER, 'nonsense')).toBe(false);
  });
});
