import { describe, expect, it } from 'vitest';
import { sdpFacts } from '../../../renderer/features/wire/sdp-facts.ts';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 39088 RTP/SAVP 107 9 0 101',
  'a=rtpmap:107 opus/48000/2',
  'a=rtpmap:101 telephone-event/8000',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[secret]',
  'a=crypto:2 AEAD_AES_256_GCM inline:[secret]',
  'a=ptime:20',
  'a=sendonly',
  'm=video 0 RTP/AVP 31',
].join('\r\n');

describe('the facts of a session description', () => {
  it('are codecs by preference, suites, direction and address of each m-line', () => {
    expect(sdpFacts(`INVITE sip:a SIP/2.0\r\n\r\n${SDP}\r\n`)).toEqual([
      {
        media: 'audio 39088',
        profile: 'RTP/SAVP',
        codecs: ['opus/48000/2', 'G722/8000', 'PCMU/8000', 'telephone-event/8000'],
        suites: ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_256_GCM'],
        fingerprint: undefined,
        direction: 'sendonly',
        address: '192.0.2.1',
        packetTime: '20',
      },
      expect.objectContaining({ media: 'video 0', codecs: ['31'], direction: 'sendrecv' }),
    ]);
  });

  it('are none where there is no description, whatever else there is', () => {
    for (const text of ['', 'SIP/2.0 200 OK\r\n\r\n', 'v=0', 'v=0\r\nm='])
      expect(sdpFacts(text).length).toBeLessThan(2);
    expect(sdpFacts('SIP/2.0 200 OK\r\n\r\n')).toEqual([]);
  });
});
