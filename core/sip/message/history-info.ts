import { readAddresses } from './address-list.ts';
import type { SipMessage } from './message.ts';
import { isSipUri, type Uri } from './uri.ts';
import { parseUriHeaders } from './uri-headers.ts';

/** One target that a request had (RFC 7044 §10.1). */
export interface HistoryEntry {
  readonly displayName?: string | undefined;
  /** Without the headers that History-Info hides in it. */
  readonly uri: Uri;
  /** Place in the tree of targets, such as `1.2`. */
  readonly index: string;
  /** How it came from the entry named: `rc` same user, `mp` another one, `np` no change. */
  readonly change: { readonly kind: 'rc' | 'mp' | 'np'; readonly from: string } | undefined;
  /** The Reason value for which the next target was tried, such as `SIP;cause=302`. */
  readonly reason: string | undefined;
  /** Whether the entry wants to be shown to nobody. */
  readonly isPrivate: boolean;
}

/** An index is short: a request has not more hops than Max-Forwards lets it. */
const INDEX = /^\d{1,4}(?:\.\d{1,4}){0,70}$/;

/** The targets that a request went through, in the order of the header; entries without usable index are left out. */
export function readHistory(message: SipMessage): readonly HistoryEntry[] {
  return readAddresses(message, 'History-Info').flatMap(({ displayName, uri, parameters }) => {
    const index = parameters.get('index') ?? '';
    if (!INDEX.test(index)) return [];
    const { bare, reason, privacy } = uncover(uri);
    const kind = (['rc', 'mp', 'np'] as const).find((name) => INDEX.test(parameters.get(name) ?? ''));
    return [
      {
        displayName,
        uri: bare,
        index,
        change: kind === undefined ? undefined : { kind, from: parameters.get(kind) ?? '' },
        reason,
        isPrivate: privacy !== undefined && privacy.toLowerCase() !== 'none',
      },
    ];
  });
}

/** Takes what stands behind `?` out of a URI. */
function uncover(uri: Uri): {
  readonly bare: Uri;
  readonly reason: string | undefined;
  readonly privacy: string | undefined;
} {
  if (!isSipUri(uri) || uri.headers === undefined) return { bare: uri, reason: undefined, privacy: undefined };
  const { headers, ...bare } = uri;
  const fields = parseUriHeaders(headers);
  const find = (wanted: string): string | undefined =>
    fields.ok ? fields.value.find(([name]) => name.toLowerCase() === wanted)?.[1] : undefined;
  return { bare, reason: find('reason'), privacy: find('privacy') };
}
