/** What stands in the trace where a secret was. */
export const MASK = '[secret]';

/** Credentials, with the lines that continue them (RFC 3261 §7.3.1). */
const CREDENTIALS = /^((?:proxy-)?authorization[ \t]*:)((?:[^\r\n]|\r?\n[ \t])*)/gim;
/** The proof of a server that it knows the password too (RFC 7616 §3.5). */
const SERVER_PROOF = /\b(rspauth[ \t]*=[ \t]*)(?:"[^"\r\n]*"|[^\s,;]+)/gi;
const DIGEST_RESPONSE = /\b(response[ \t]*=[ \t]*)(?:"[^"]*"|[^\s,;]+)/gi;
/** The key part of an SDES attribute (RFC 4568 §6.1); lifetime and MKI, behind the bar, stay. */
const INLINE_KEY = /\b(inline:)[^\s|;]+/gi;
/** SDP keys of old (RFC 4566 §5.12) and the password of ICE (RFC 8839 §5.4). */
const SDP_KEY = /^(k=(?:clear|base64|uri):|a=ice-pwd:)[^\r\n]+/gim;
/** A password in a URI (RFC 3261 §19.1.1). */
const URI_PASSWORD = /\b(sips?:[^\s:@<>;?]{1,256}:)[^\s@<>]{1,256}(?=@)/gi;

/**
 * A SIP message as text with its secrets masked and everything else as it was: digest responses and other credentials, SRTP
 * keys, ICE passwords, passwords in URIs. Takes any text, malformed messages included.
 */
export function redactSip(text: string): string {
  return text
    .replace(CREDENTIALS, (_, name: string, value: string) => name + redactCredentials(value))
    .replace(SERVER_PROOF, `$1"${MASK}"`)
    .replace(INLINE_KEY, `$1${MASK}`)
    .replace(SDP_KEY, `$1${MASK}`)
    .replace(URI_PASSWORD, `$1${MASK}`);
}

/** Of a digest only the response is a secret; of `Basic`, `Bearer` and schemes we do not know, everything. */
function redactCredentials(value: string): string {
  if (/^\s*digest\b/i.test(value)) return value.replace(DIGEST_RESPONSE, `$1"${MASK}"`);
  const scheme = /^\s*[^\s,]*/.exec(value)?.[0] ?? '';
  return `${scheme} ${MASK}`;
}
