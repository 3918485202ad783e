/** Canonical spelling of the header fields we know, with their compact form (RFC 3261 §7.3.3 and the IANA registry). */
const KNOWN_NAMES: readonly (readonly [name: string, compact?: string])[] = [
  ['Via', 'v'], ['From', 'f'], ['To', 't'], ['Call-ID', 'i'], ['CSeq'], ['Contact', 'm'], ['Max-Forwards'],
  ['Content-Type', 'c'], ['Content-Length', 'l'], ['Content-Encoding', 'e'], ['Content-Disposition'],
  ['Content-Language'], ['Content-ID'], ['Route'], ['Record-Route'], ['Path'], ['Service-Route'], ['User-Agent'],
  ['Server'], ['Allow'], ['Supported', 'k'], ['Require'], ['Proxy-Require'], ['Unsupported'], ['Expires'],
  ['Min-Expires'], ['Authorization'], ['WWW-Authenticate'], ['Proxy-Authorization'], ['Proxy-Authenticate'],
  ['Authentication-Info'], ['Proxy-Authentication-Info'], ['Accept'], ['Accept-Encoding'], ['Accept-Language'],
  ['Accept-Contact', 'a'], ['Reject-Contact', 'j'], ['Request-Disposition', 'd'], ['Accept-Resource-Priority'],
  ['Resource-Priority'], ['Alert-Info'], ['Call-Info'], ['Error-Info'], ['Date'], ['Event', 'o'],
  ['Allow-Events', 'u'], ['Subscription-State'], ['Suppress-If-Match'], ['SIP-ETag'], ['SIP-If-Match'],
  ['Refer-To', 'r'], ['Referred-By', 'b'], ['Refer-Sub'], ['Refer-Events-At'], ['Replaces'], ['Join'],
  ['Target-Dialog'], ['Session-Expires', 'x'], ['Min-SE'], ['RSeq'], ['RAck'], ['Reason'], ['Retry-After'],
  ['Reply-To'], ['In-Reply-To'], ['Subject', 's'], ['Organization'], ['Priority'], ['Privacy'], ['Timestamp'],
  ['Warning'], ['MIME-Version'], ['History-Info'], ['Diversion'], ['Identity', 'y'], ['Identity-Info', 'n'],
  ['P-Asserted-Identity'], ['P-Preferred-Identity'], ['P-Access-Network-Info'], ['P-Associated-URI'],
  ['P-Called-Party-ID'], ['P-Charging-Vector'], ['P-Early-Media'], ['Remote-Party-ID'], ['Info-Package'],
  ['Recv-Info'], ['Flow-Timer'], ['Feature-Caps'], ['Geolocation'], ['Geolocation-Routing'], ['Geolocation-Error'],
  ['Hide'], ['Encryption'], ['Response-Key'], ['Answer-Mode'], ['Priv-Answer-Mode'], ['Max-Breadth'],
  ['Permission-Missing'], ['Trigger-Consent'], ['Security-Client'], ['Security-Server'], ['Security-Verify'],
  ['User-to-User'], ['Session-ID'],
]; // prettier-ignore

/** A header name: `key` is what two spellings of one header share, `name` how it is printed. */
export interface HeaderName {
  readonly key: string;
  readonly name: string;
}

const KNOWN = new Map<string, HeaderName>();
for (const [name, compact] of KNOWN_NAMES) {
  const known = { key: name, name };
  KNOWN.set(name, known);
  KNOWN.set(name.toLowerCase(), known);
  if (compact !== undefined) KNOWN.set(compact, known);
}

/** Recognises a name that we know, in any case and in compact form. */
export function knownHeaderName(name: string): HeaderName | undefined {
  return KNOWN.get(name) ?? KNOWN.get(name.toLowerCase());
}

/** Recognises a name; one that we do not know is printed as it was written. */
export function headerName(name: string): HeaderName {
  return knownHeaderName(name) ?? { key: name.toLowerCase(), name };
}

/**
 * The spelling of a header name as the RFCs print it: `v` and `VIA` are `Via`, `call-id` is `Call-ID`. A name we do not
 * know comes back as it was written.
 */
export function canonicalName(name: string): string {
  return headerName(name).name;
}
