import { describe, expect, it } from 'vitest';
import { childOf, childrenOf, readXml } from '../../../../../core/sip/ua/event-package/xml-reader.ts';
import { xmlDocument, xmlElement, xmlText } from '../../../../../core/sip/ua/event-package/xml-writer.ts';
import { SeededRandom } from '../../../../support/seeded-random.ts';

const read = (text: string) => readXml(new TextEncoder().encode(text));

describe('XML of event packages', () => {
  it('reads elements, attributes, text, comments and CDATA, with their namespaces', () => {
    const document = read(
      `\ufeff<?xml version="1.0"?>\n<!-- a --><p:a xmlns:p="urn:x" xmlns='urn:y' one="1 &amp; &#x32;">t<b p:two='2'/><![CDATA[<&>]]></p:a>\n`,
    );
    expect(document).toMatchObject({
      ok: true,
      value: { name: 'a', namespace: 'urn:x', text: 't<&>', children: [{ name: 'b', namespace: 'urn:y' }] },
    });
    if (!document.ok) return;
    expect(document.value.attributes.get('one')).toBe('1 & 2');
    expect(childOf(document.value, 'b')?.attributes.size).toBe(0);
    expect(childrenOf(document.value, 'c')).toEqual([]);
  });

  it('reads back what it writes, whatever it holds', () => {
    const nasty = `<&>"'\u0000]]> \u{1f600}`;
    const document = readXml(xmlDocument(xmlElement('a', { b: nasty, c: undefined }, xmlText(nasty), undefined)));
    expect(document).toMatchObject({ ok: true, value: { text: nasty.replace('\u0000', ' ') } });
    expect(document.ok && document.value.attributes.get('b')).toBe(nasty.replace('\u0000', ' '));
  });

  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['an entity of its own', '<a>&b;</a>'],
    ['an entity without end', '<a>&amp</a>'],
    ['a character that XML has not', '<a>&#0;</a>'],
    ['a character that XML has not, as it is', '<a b="\u0000"/>'],
    ['half of a character', '<a>&#xD800;</a>'],
    ['a processing instruction', '<?php echo 1 ?><a/>'],
    ['two roots', '<a/><b/>'],
    ['no root', ' '],
    ['text behind the root', '<a/>x'],
    ['an open element', '<a><b></b>'],
    ['a wrong end', '<a></b>'],
    ['crossed elements', '<a><b></a></b>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['attributes that touch', '<a b="1"c="2"/>'],
    ['an attribute without quotes', '<a b=1/>'],
    ['an open quote', '<a b="1/>'],
    ['a prefix from nowhere', '<p:a/>'],
    ['a name that is none', '<1/>'],
    ['a comment without end', '<a><!-- </a>'],
    ['CDATA outside', '<![CDATA[a]]>'],
    ['an open tag', '<a'],
  ])('refuses %s', (_what, text) => {
    expect(read(text).ok).toBe(false);
  });

  it('refuses what is not UTF-8, too large, too deep or too much', () => {
    expect(readXml(Uint8Array.of(0x3c, 0x61, 0xff, 0x2f, 0x3e)).ok).toBe(false);
    expect(read(`<a>${' '.repeat(65_536)}</a>`).ok).toBe(false);
    expect(read('<a>'.repeat(17) + '</a>'.repeat(17)).ok).toBe(false);
    expect(read(`<a>${'<b/>'.repeat(2000)}</a>`).ok).toBe(false);
    expect(read(`<a ${Array.from({ length: 33 }, (_, index) => `a${index}="1"`).join(' ')}/>`).ok).toBe(false);
  });

  it('never throws, and reads 2,000 pieces of noise', () => {
    const random = new SeededRandom(11);
    const pieces = ['<', '>', '</', '/>', 'a', 'b:', '="', '"', "'", '&', ';', '#x', '1', ' ', '<!--', '-->', '<![CDATA[', ']]>', '<?', 'xmlns', 'ü']; // prettier-ignore
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: random.below(60) }, () => random.pick(pieces)).join('');
      expect(() => read(text)).not.toThrow();
      expect(() => read(`<a>${text}</a>`)).not.toThrow();
    }
  });

  it('reads a document that was cut anywhere, or has one octet changed, without throwing', () => {
    const octets = new TextEncoder().encode(
      '<?xml version="1.0"?><a xmlns="urn:x" b="&lt;"><c>d &amp; e</c><!-- f --></a>',
    );
    const random = new SeededRandom(5);
    for (let length = 0; length <= octets.length; length++) {
      expect(readXml(octets.subarray(0, length)).ok).toBe(length === octets.length);
      const changed = Uint8Array.from(octets);
      changed[random.below(octets.length)] = random.below(256);
      expect(() => readXml(changed)).not.toThrow();
    }
  });
});
