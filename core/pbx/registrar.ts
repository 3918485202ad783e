import type { NameAddress } from '../sip/message/header-values.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { formatUri, isSipUri, type SipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { LocationService } from './location-service.ts';

/** Shortest and longest registration, seconds. */
export interface ExpiryLimits {
  readonly min: number;
  readonly max: number;
}

/** What one Contact of a REGISTER asks for. */
interface Wish {
  readonly contact: SipUri;
  /** 0 takes the binding away. */
  readonly expires: number;
}

/** Most contacts in one REGISTER that are looked at. */
const MAX_CONTACTS = 10;

/**
 * Answers the REGISTER of an authenticated user (RFC 3261 §10.3 from step 5 on): query, add, refresh, remove, `*`. Either
 * all of its contacts take effect or none.
 */
export function register(
  transaction: ServerTransaction,
  user: string,
  locations: LocationService,
  limits: ExpiryLimits,
  reply: (status: number, headers?: readonly (readonly [name: string, value: string])[]) => void,
): void {
  const { request, flow } = transaction;
  const sequence = request.cseq?.sequence ?? 0;
  const defaultExpires = expiresHeader(request);
  if (defaultExpires === 'malformed') {
    reply(400);
    return;
  }
  if (request.contacts === '*') {
    // Step 6: only with Expires: 0.
    if (defaultExpires !== 0) {
      reply(400);
      return;
    }
    locations.removeAll(user);
  } else {
    const wishes = wishesOf(request.contacts, defaultExpires ?? limits.max);
    if (wishes === undefined || (request.contacts.length === 0 && request.headers.has('Contact'))) {
      reply(400);
      return;
    }
    if (wishes.some(({ expires }) => expires > 0 && expires < limits.min)) {
      reply(423, [['Min-Expires', String(limits.min)]]);
      return;
    }
    if (wishes.some(({ contact }) => locations.isStale(user, contact, request.callId, sequence))) {
      reply(500, [['Retry-After', '1']]);
      return;
    }
    for (const { contact, expires } of wishes) {
      if (expires === 0) locations.remove(user, contact);
      else {
        locations.add({
          user,
          contact,
          flow,
          callId: request.callId,
          sequence,
          expires: Math.min(expires, limits.max),
          agent: request.headers.get('User-Agent') ?? '',
        });
      }
    }
  }
  reply(
    200,
    locations
      .lookup(user)
      .map(({ contact, expires }) => ['Contact', `<${formatUri(contact)}>;expires=${expires}`] as const),
  );
}

function expiresHeader(request: SipRequest): number | undefined | 'malformed' {
  const text = request.headers.get('Expires');
  if (text === undefined) return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : 'malformed';
}

/** A malformed `expires` parameter counts as absent (RFC 3261 §10.2.1.1 asks for 3600 then). */
function wishesOf(contacts: readonly NameAddress[], defaultExpires: number): readonly Wish[] | undefined {
  if (contacts.length > MAX_CONTACTS) return undefined;
  const wishes: Wish[] = [];
  for (const { uri, parameters } of contacts) {
    if (!isSipUri(uri)) return undefined;
    const own = parameters.get('expires');
    const expires = own === undefined || own === null ? defaultExpires : /^\d{1,10}$/.test(own) ? Number(own) : 3600;
    wishes.push({ contact: uri, expires });
  }
  return wishes;
}
