import { describe, expect, it } from 'vitest';
import { parseUri, type Uri } from '../../../../core/sip/message/uri.ts';
import { sameUri } from '../../../../core/sip/ua/uri-equality.ts';

function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

describe('RFC 3261 §19.1.4 URI comparison, with the examples that stand there', () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    ['sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com', 'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com'],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&subject=project%20x'],
    ['tel:+49', 'tel:+49'],
  ])('%s is %s', (one, other) => {
    expect(sameUri(uri(one), uri(other))).toBe(true);
    expect(sameUri(uri(other), uri(one))).toBe(true);
  }); // prettier-ignore

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
    ['sip:bob@biloxi.com;user=phone', 'sip:bob@biloxi.com'],
    ['tel:+49', 'sip:+49@biloxi.com'],
  ])('%s is not %s', (one, other) => {
    expect(sameUri(uri(one), uri(other))).toBe(false);
    expect(sameUri(uri(other), uri(one))).toBe(false);
  });
});
