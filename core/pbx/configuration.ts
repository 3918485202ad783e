import * as z from 'zod';
import { DIGEST_HASHES } from '../sip/auth/digest.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../tls/tls-settings.ts';
import { translateTlsVersions, type TranslatedVersions } from '../tls/tls-version-words.ts';
import { parseVerifyPolicy, type VerifyPolicy } from '../tls/verify-policy.ts';
import { CONTEXTS, ruleSchema } from './dial-plan.ts';
import { gatewaySchema } from './gateway-configuration.ts';

const port = z.number().int().min(0).max(65_535);
const address = z.union([z.ipv4(), z.ipv6()]);
const secureMedia = z.enum(['mandatory', 'optional', 'forbidden']);
const tlsVersion = z.enum(['tlsv1', 'tlsv1.1', 'tlsv1.2', 'tlsv1.3']);

function readPolicy(text: string, context: z.RefinementCtx): VerifyPolicy {
  const policy = parseVerifyPolicy(text);
  if (policy.ok) return policy.value;
  context.addIssue({ code: 'custom', message: policy.error.message });
  return z.NEVER;
}

function readVersions(list: string, context: z.RefinementCtx): TranslatedVersions {
  const versions = translateTlsVersions(list);
  if (versions.ok) return versions.value;
  context.addIssue({ code: 'custom', message: versions.error });
  return z.NEVER;
}

/** One SIP profile, with FreeSWITCH's parameter names. Port 0 lets the system choose. */
export const profileSchema = z.strictObject({
  'sip-ip': address,
  /** UDP and TCP; left out: neither. */
  'sip-port': port.optional(),
  tls: z.boolean().default(true),
  'tls-sip-port': port.optional(),
  /** Folder with agent.pem and cafile.pem; relative to the configuration file. */
  'tls-cert-dir': z.string().min(1).optional(),
  /** FreeSWITCH's list of versions; it sets the shortest range around them. */
  'tls-version': z.string().transform(readVersions).optional(),
  'tls-min-version': tlsVersion.default('tlsv1.2'),
  'tls-max-version': tlsVersion.default('tlsv1.3'),
  /** OpenSSL's list of ciphers for TLS 1.2 and below. */
  'tls-ciphers': z.string().min(1).optional(),
  /** Key exchange groups in order of preference, such as `X25519:P-256`. */
  'tls-groups': z.string().min(1).optional(),
  /** Opens the private key. */
  'tls-passphrase': z.string().min(1).optional(),
  /** For how many seconds a session may be resumed; 0 resumes none. */
  'tls-timeout': z.number().int().min(0).max(86_400).default(DEFAULT_TLS_CLIENT_SETTINGS.sessionSeconds),
  /** `none in out all subjects_in subjects_out subjects_all`, joined by bars: what is asked of the other end. */
  'tls-verify-policy': z.string().transform(readPolicy).optional(),
  /** Most intermediate certificates. */
  'tls-verify-depth': z.number().int().min(0).max(10).default(DEFAULT_TLS_CLIENT_SETTINGS.verifyDepth),
  'tls-verify-date': z.boolean().default(true),
  /** Names of which a client's certificate must have one, with `subjects_in`. */
  'tls-verify-in-subjects': z.array(z.string().min(1)).default([]),
  /** Whether clients are asked for a certificate, and turned away without a good one; the policy goes before it. */
  'tls-client-certificate': z.enum(['ignored', 'wanted', 'required']).default('ignored'),
  /** Whether INVITE and other requests need a password. */
  'auth-calls': z.boolean().default(true),
  /**
   * Digest algorithms that are offered, one challenge each (RFC 8760). Only MD5, as FreeSWITCH: phones that do not know
   * RFC 8760 do not skip a challenge that is new to them; they give up.
   */
  'rfc8760-auth-algorithms': z.array(z.enum(DIGEST_HASHES)).min(1).default(['MD5']),
  context: z.enum(CONTEXTS).default('default'),
  /**
   * Whether calls to users that registered over TLS go over a second connection, which the switch opens to their Contact as a
   * TLS client, as FreeSWITCH does; by default they go over the connection that the phone opened (RFC 5923, RFC 5626).
   */
  'connect-back': z.boolean().default(false),
  /** Towards callers on this profile; and towards users that registered over TLS. Others get plain RTP. */
  rtp_secure_media: secureMedia.default('optional'),
  rtp_secure_media_outbound: secureMedia.default('mandatory'),
  /** Servers that the switch is a user of, by name. */
  gateways: z.record(z.string().regex(/^[a-z0-9_-]{1,32}$/i), gatewaySchema).default({}),
});
export type ProfileConfiguration = z.infer<typeof profileSchema>;

/** Whether a profile has a TLS listener, and so needs a certificate. */
export function listensForTls(profile: ProfileConfiguration): boolean {
  return profile.tls && profile['tls-sip-port'] !== undefined;
}

const userSchema = z.strictObject({
  password: z.string().min(1).max(512),
  'effective-caller-id-name': z.string().max(256).optional(),
  /** In place of what the profile says. */
  'connect-back': z.boolean().optional(),
  /**
   * The client certificate that the connection of this user's phone must show: `required` one whose SAN names
   * `sip:USER@DOMAIN` (RFC 5922 §7.1), or one by its SHA-256.
   */
  'client-certificate': z
    .union([
      z.literal('required'),
      z.string().regex(/^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, 'expected required or the SHA-256 of a certificate'),
    ])
    .optional(),
  /** Users of one callgroup take each other's calls with *8. */
  callgroup: z.string().min(1).max(64).default('techsupport'),
  /** Whether callers may leave a message where nobody answers; and the digits that open the mailbox from other phones. */
  'vm-enabled': z.boolean().default(false),
  'vm-password': z
    .string()
    .regex(/^\d{4,16}$/, 'expected 4 to 16 digits')
    .optional(),
});

const userName = z.string().regex(/^(?!\.)[A-Za-z0-9._-]{1,64}$/);
const range = (first: number): string[] => Array.from({ length: 5 }, (_, index) => String(first + index));

/** The whole of `sotto-pbx.yaml`. */
export const configurationSchema = z.strictObject({
  /** The realm of passwords, and the domain of addresses. */
  domain: z.string().min(1).max(253),
  rtp: z
    .strictObject({
      'rtp-start-port': port.default(16_384),
      'rtp-end-port': port.default(32_768),
      codecs: z.array(z.string().min(1)).min(1).default(['opus', 'G722', 'PCMA', 'PCMU']),
    })
    .prefault({}),
  /** Longest and shortest registration, and what a phone gets that does not ask, in seconds; contacts of one user. */
  registration: z
    .strictObject({
      'sip-expires-max': z.number().int().min(60).max(86_400).default(3600),
      'sip-expires-min': z.number().int().min(1).max(3600).default(30),
      'sip-expires-default': z.number().int().min(60).max(86_400).default(3600),
      'max-registrations-per-extension': z.number().int().min(1).max(100).default(10),
    })
    .prefault({}),
  profiles: z.record(z.string().regex(/^[a-z0-9_-]{1,32}$/i), profileSchema),
  users: z.record(userName, userSchema),
  /** Who rings together, by name; 2000 to 2002 call those of FreeSWITCH, 82NN and 83NN the group NN. */
  groups: z
    .record(z.string().min(1).max(64), z.array(userName).max(100))
    .default({ sales: range(1000), billing: range(1005), support: range(1010) }),
  /** Conference rooms that ask for a number. */
  conferences: z
    .record(
      z.string().min(1).max(64),
      z.strictObject({ pin: z.string().regex(/^\d{1,16}$/, 'expected 1 to 16 digits') }),
    )
    .default({}),
  /** Call detail records: a line for each call that ended, in cdr.ndjson or cdr.csv beside the configuration. */
  cdr: z.strictObject({ format: z.enum(['json', 'csv']).default('json') }).optional(),
  /** Figures for Prometheus, at http://ADDRESS:PORT/metrics; whoever reaches the port may read them. */
  metrics: z.strictObject({ 'listen-ip': address.default('127.0.0.1'), port }).optional(),
  /** Rules that come before the built-in ones. */
  dialplan: z.array(ruleSchema).max(1000).default([]),
});
export type PbxConfiguration = z.infer<typeof configurationSchema>;

/** As much of a JSON Schema as is looked at here. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
}

/** The schema of `sotto-pbx.yaml` for editors (JSON Schema, draft 2020-12). */
export function configurationJsonSchema(): JsonSchema {
  return z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}
