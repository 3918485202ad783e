import { err, ok, type Result } from '../../base/result.ts';
import { isToken } from './characters.ts';
import type { SipRequest } from './message.ts';
import { formatNameAddress, parseNameAddress } from './name-address.ts';
import { withParameters } from './parameters.ts';
import { isSipUri, type Uri } from './uri.ts';
import { formatUriHeaders, parseUriHeaders, type UriHeaders } from './uri-headers.ts';

/** What a Refer-To asks for (RFC 3515 §2.1). */
export interface ReferTo {
  readonly displayName?: string | undefined;
  /** Without `method` and headers, so that it may stand in a request line. */
  readonly uri: Uri;
  /** `INVITE` where the URI says nothing. */
  readonly method: string;
  /** Header fields for the request, such as Replaces (RFC 3891); what may be taken of them is the reader's policy. */
  readonly headers: UriHeaders;
}

/** Reads the Refer-To of a REFER: exactly one, else the REFER is to be refused with 400 (RFC 3515 §2.4.2). */
export function readReferTo({ headers }: SipRequest): Result<ReferTo, string> {
  const [value, ...more] = headers.getAll('Refer-To');
  if (value === undefined) return err('no Refer-To');
  if (more.length > 0) return err('more than one Refer-To');
  const address = parseNameAddress(value);
  if (!address.ok) return address;
  const { displayName, uri } = address.value;
  if (!isSipUri(uri)) return ok({ displayName, uri, method: 'INVITE', headers: [] });
  const { headers: escaped, ...bare } = uri;
  const fields = parseUriHeaders(escaped);
  if (!fields.ok) return fields;
  const method = uri.parameters.get('method') ?? 'INVITE';
  if (!isToken(method)) return err('malformed method in Refer-To');
  return ok({
    displayName,
    uri: { ...bare, parameters: withParameters(uri.parameters, { method: undefined }) },
    method,
    headers: fields.value,
  });
}

/** Writes a Refer-To value, the header fields escaped into the URI (RFC 3261 §19.1.1). */
export function formatReferTo({ displayName, uri, method, headers }: ReferTo): string {
  if (!isSipUri(uri)) return formatNameAddress({ displayName, uri });
  const parameters = method === 'INVITE' ? uri.parameters : withParameters(uri.parameters, { method });
  const escaped = formatUriHeaders(headers);
  return formatNameAddress({
    displayName,
    uri: { ...uri, parameters, ...(escaped === '' ? {} : { headers: escaped }) },
  });
}
