import { mediaCapabilities } from '../../core/media/capabilities.ts';
import { formatCryptoAttribute, parseCryptoAttribute } from '../../core/sdp/crypto-attribute.ts';
import { OfferAnswer } from '../../core/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../core/sdp/session-description.ts';
import { dialogInfo, readDialogInfo } from '../../core/sip/ua/event-package/dialog-info.ts';
import {
  MESSAGE_SUMMARY_TYPE,
  messageSummary,
  readMessageSummary,
} from '../../core/sip/ua/event-package/message-summary.ts';
import { presence, readPresence } from '../../core/sip/ua/event-package/presence.ts';
import { readRegInfo, regInfo } from '../../core/sip/ua/event-package/reg-info.ts';
import { readSipfrag, SIPFRAG_TYPE } from '../../core/sip/ua/event-package/sipfrag.ts';
import { readXml } from '../../core/sip/ua/event-package/xml-reader.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { BrokenPromise, expectSame, latin1, type FuzzTarget } from './fuzz-target.ts';

const SDP = ['v=0\r\n', 'o=- 1 1 IN IP4 1.2.3.4\r\n', 'c=IN IP6 ::1\r\n', 'm=audio 1 RTP/SAVP 0\r\n', 'm=video 0 RTP/AVP 97\r\n', 'a=rtpmap:', 'a=fmtp:', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:', '|2^20|1:4', 'AEAD_AES_128_GCM', 'a=rtcp:', 'a=ptime:', 'a=sendonly\r\n', 'a=inactive\r\n', 'a=group:BUNDLE 0', 'a=candidate:', 'a=ssrc:1 cname:x', 'telephone-event/8000', 'opus/48000/2', 'UDP/TLS/RTP/SAVPF', ' ', '/', ';', '=']; // prettier-ignore
const XML = ['<', '>', '/>', '</', '<?xml version="1.0"?>', '<!--', '-->', '<![CDATA[', ']]>', '<!DOCTYPE', '&lt;', '&#x41;', '&#', ';', ' xmlns="', ' xmlns:a="', 'a:', '"', "'", '=', 'urn:ietf:params:xml:ns:pidf', 'urn:ietf:params:xml:ns:dialog-info', 'urn:ietf:params:xml:ns:reginfo', '<dialog id="1">', '<state>confirmed</state>', '<tuple id="a">', '<basic>open</basic>', '<contact id="1" state="active" event="registered">']; // prettier-ignore

/** What reads the bodies of SIP messages. */
export const BODY_TARGETS: readonly FuzzTarget[] = [
  { name: 'sdp', tokens: SDP, run: readDescription },
  { name: 'sdp-crypto', tokens: ['inline:', '|', '2^', ':', ' ', 'AES_CM_128_HMAC_SHA1_32', 'AEAD_AES_256_GCM', 'KDR=', 'FEC_ORDER=', 'UNENCRYPTED_SRTP', '='], run: readCrypto }, // prettier-ignore
  { name: 'event-bodies', tokens: [...XML, 'Messages-Waiting: yes', 'Voice-Message: 1/2 (0/0)', 'SIP/2.0 200 OK'], run: readEventBodies }, // prettier-ignore
];

function party(random: SeededRandom): OfferAnswer {
  return new OfferAnswer({
    capabilities: mediaCapabilities({ secureMedia: 'optional' }),
    local: { address: '192.0.2.1', port: 30_000, rtcpPort: 30_001 },
    encryptedSignalling: true,
    random,
  });
}

/** Takes a body as an offer, as an answer, and as a new offer in a call; what we answer can always be read. */
function readDescription(octets: Uint8Array): unknown {
  const body = latin1(octets);
  const random = new SeededRandom(1);
  const answerer = party(random);
  const answer = answerer.receiveOffer(body);
  if (answer.ok) expectReadable(answer.value.answer);
  const offer = answerer.createOffer();
  if (offer.ok) expectReadable(offer.value);
  const answered = answerer.receiveAnswer(body);
  const offerer = party(random);
  offerer.createOffer();
  return [parseSessionDescription(body), answer, answered, offerer.receiveAnswer(body), offerer.receiveOffer(body)];
}

function expectReadable(body: string): void {
  const described = parseSessionDescription(body);
  if (!described.ok) throw new BrokenPromise(`our own description: ${described.error}`);
}

function readCrypto(octets: Uint8Array): unknown {
  const attribute = parseCryptoAttribute(latin1(octets));
  if (attribute.ok) expectSame('a=crypto', attribute, parseCryptoAttribute(formatCryptoAttribute(attribute.value)));
  return attribute;
}

function readEventBodies(content: Uint8Array): unknown {
  const body = { contentType: 'application/xml', content };
  const dialogs = readDialogInfo(body);
  if (dialogs.ok) expectSame('dialog-info', dialogs, readDialogInfo(dialogInfo(dialogs.value)));
  const state = readPresence(body);
  if (state.ok) expectSame('presence', state, readPresence(presence(state.value)));
  const registrations = readRegInfo(body);
  if (registrations.ok) expectSame('reginfo', registrations, readRegInfo(regInfo(registrations.value)));
  const summary = readMessageSummary({ contentType: MESSAGE_SUMMARY_TYPE, content });
  if (summary !== undefined) expectSame('summary', summary, readMessageSummary(messageSummary(summary)));
  return [
    readXml(content),
    dialogs,
    state,
    registrations,
    summary,
    readSipfrag({ contentType: SIPFRAG_TYPE, content }),
  ];
}
