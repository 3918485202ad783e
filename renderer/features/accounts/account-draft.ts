import type { RequestInput } from '../../../core/api/contract.ts';

/** What the account form holds. */
export type AccountDraft = RequestInput<'account.add'>;

/** An empty form: the safe choices. */
export const EMPTY_DRAFT: AccountDraft = {
  address: '',
  password: '',
  displayName: '',
  server: '',
  transport: 'tls',
  srtp: 'mandatory',
  trust: '',
  verify: true,
};

/** Whether anything under “Advanced” differs from the safe choices, so that it must be seen. */
export function differsFromDefault(draft: AccountDraft): boolean {
  return (['server', 'transport', 'srtp', 'trust', 'verify'] as const).some((key) => draft[key] !== EMPTY_DRAFT[key]);
}

/**
 * Takes an address as it was typed or pasted. A whole SIP URI is taken apart: its port and transport go where they
 * belong (RFC 3261 §19.1.1), so that nothing of it is lost without being seen.
 */
export function withAddress(draft: AccountDraft, text: string): AccountDraft {
  const uri = /^\s*(sips?):([^\s@;?]+@)([^\s;?:[\]]+|\[[^\]\s]+\])(:\d+)?((?:;[^\s?;]+)*)(\?\S*)?\s*$/i.exec(text);
  if (uri === null) return { ...draft, address: text };
  const [, scheme = '', user = '', host = '', port = '', parameters = ''] = uri;
  const transport = /;transport=(udp|tcp|tls)/i.exec(parameters)?.[1]?.toLowerCase() as
    AccountDraft['transport'] | undefined;
  return {
    ...draft,
    address: `${user}${host}`,
    server: port === '' ? draft.server : `${host}${port}`,
    // With sips every hop is TLS, whatever the parameter says (RFC 3261 §26.2.2).
    transport: scheme.toLowerCase() === 'sips' ? 'tls' : (transport ?? draft.transport),
  };
}

/** The fields that cannot be sent as they are. */
export function problemsOf(draft: AccountDraft): ReadonlySet<'address' | 'trust'> {
  const problems = new Set<'address' | 'trust'>();
  if (!/^[^\s@]+@[^\s@]+$/.test(draft.address.trim())) problems.add('address');
  if (draft.trust.trim() !== '' && !/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(draft.trust)) {
    problems.add('trust');
  }
  return problems;
}

/** What is sent: the draft without stray blanks. The password stays as it is. */
export function toRequest(draft: AccountDraft): AccountDraft {
  return {
    ...draft,
    address: draft.address.trim(),
    displayName: draft.displayName.trim(),
    server: draft.server.trim(),
    trust: draft.trust.trim(),
  };
}
