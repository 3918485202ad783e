import type { SipRequest, SipResponse } from '../message/message.ts';

/** What the other end of a flow agreed to (RFC 6223, RFC 5626 §4.4). */
export interface KeepAliveAgreement {
  /** It wants a sign of life at least so often; `undefined`: as often as we like. */
  readonly intervalMs: number | undefined;
  /** How long the agreement holds where it is not renewed: as long as the registration. */
  readonly forMs: number;
}

/** Longest interval that is taken from a message, seconds: what asks for less than one sign of life an hour asks for none. */
const LONGEST_INTERVAL_S = 3600;
/** How long a registration lives that does not say (RFC 3261 §10.2.1.1), seconds. */
const USUAL_EXPIRES_S = 3600;

/** Whether a server may say how often it wants keep-alives: where a registration or a dialog comes about (RFC 6223 §4.1). */
export function canAgreeOnKeepAlive(request: SipRequest): boolean {
  return request.method === 'REGISTER' || (request.method === 'INVITE' && request.toTag === undefined);
}

/**
 * Whether we offer to send keep-alives, by `keep` in Via: with a registration, and not when it is taken away. For a dialog we
 * do not, since its end is not the flow's business; what keeps a call alive is its media and its session timer.
 */
export function offersKeepAlive(request: SipRequest): boolean {
  return request.method === 'REGISTER' && request.headers.get('Expires')?.trim() !== '0';
}

/**
 * What a response to a REGISTER agrees on: in our own Via (RFC 6223 §4.2), or in the Flow-Timer of a registrar (RFC 5626 §10).
 * `undefined` where nothing was agreed on.
 */
export function agreedKeepAlive(response: SipResponse): KeepAliveAgreement | undefined {
  const keep = seconds(response.via?.parameters.get('keep') ?? undefined);
  const flowTimer = seconds(response.headers.get('Flow-Timer'));
  const agreed = [keep, flowTimer].filter((value) => value !== undefined);
  if (agreed.length === 0) return undefined;
  // 0 says that any interval will do.
  const wanted = agreed.filter((value) => value > 0);
  const intervalMs = wanted.length === 0 ? undefined : 1000 * Math.min(...wanted, LONGEST_INTERVAL_S);
  return { intervalMs, forMs: 1000 * expires(response) };
}

function expires({ contacts, headers }: SipResponse): number {
  const each =
    contacts === '*' ? [] : contacts.map(({ parameters }) => seconds(parameters.get('expires') ?? undefined));
  const known = [seconds(headers.get('Expires')), ...each].filter((value) => value !== undefined);
  return known.length === 0 ? USUAL_EXPIRES_S : Math.max(...known);
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}
