import type { NameAddress } from '../message/header-values.ts';
import { splitList } from '../message/lists.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { parseNameAddress } from '../message/name-address.ts';
import { optionTags } from './capabilities.ts';
import { readGruu, readInstance, readRegId, type Gruu } from './gruu.ts';
import { sameUri } from './uri-equality.ts';

/** What a 200 to REGISTER grants and tells. */
export interface RegistrationGrant {
  /** Seconds until the first of our contacts ends. */
  readonly expires: number;
  /** Every contact that is bound to the address, those of other devices included. */
  readonly bindings: readonly NameAddress[];
  readonly gruu: Gruu | undefined;
  /** What requests of ours are to pass (RFC 3608 §5), as Route. */
  readonly serviceRoute: readonly NameAddress[];
  /** Whether the registrar bound the flow (RFC 5626 §6). */
  readonly outbound: boolean;
  /** Seconds between keep-alives that the server wants (RFC 5626 §10). */
  readonly flowTimer: number | undefined;
}

/** Reads a 200 to `request`; `asked`: seconds that count where the answer names none (RFC 3261 §10.2.4). */
export function readGrant(response: SipResponse, request: SipRequest, asked: number): RegistrationGrant {
  const bindings = response.contacts === '*' ? [] : response.contacts;
  const wanted = request.contacts === '*' ? [] : request.contacts;
  const outbound = optionTags(response, 'Require').includes('outbound');
  const granted = wanted.flatMap((contact) => {
    const match = matching(bindings, contact, wanted.length === 1);
    return match === undefined ? [] : [{ contact, match }];
  });
  const general = seconds(response.headers.get('Expires')) ?? asked;
  const own = granted.map(({ match }) => seconds(match.parameters.get('expires')) ?? general);
  const flowTimer = seconds(response.headers.get('Flow-Timer'));
  return {
    expires: own.length === 0 ? general : Math.min(...own),
    bindings,
    gruu: granted[0] === undefined ? undefined : readGruu(granted[0].match.parameters),
    serviceRoute: addressList(response, 'Service-Route'),
    outbound,
    flowTimer,
  };
}

/** Wall time of the server in milliseconds, from Date (RFC 3261 §20.17); `undefined` where there is none that can be read. */
export function readDate(response: SipResponse): number | undefined {
  const text = response.headers.get('Date');
  const time = text === undefined || !/ GMT\s*$/.test(text) ? NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** The binding that is ours: by instance and flow (RFC 5626 §6), else by URI; a single one is taken for it. */
function matching(bindings: readonly NameAddress[], own: NameAddress, isOnly: boolean): NameAddress | undefined {
  const instance = readInstance(own.parameters);
  const regId = readRegId(own.parameters);
  return (
    bindings.find(({ parameters }) => {
      return instance !== undefined && readInstance(parameters) === instance && readRegId(parameters) === regId;
    }) ??
    bindings.find(({ uri }) => sameUri(uri, own.uri)) ??
    (isOnly && bindings.length === 1 ? bindings[0] : undefined)
  );
}

/** All or nothing: half a route leads elsewhere. */
function addressList(response: SipResponse, name: string): readonly NameAddress[] {
  const parsed = response.headers.getAll(name).flatMap(splitList).map(parseNameAddress);
  const addresses = parsed.flatMap((address) => (address.ok ? [address.value] : []));
  return addresses.length === parsed.length ? addresses : [];
}

function seconds(text: string | null | undefined): number | undefined {
  const value = typeof text === 'string' && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : undefined;
}
