import * as z from 'zod';
import { DIGEST_HASHES } from '../sip/auth/digest.ts';

const port = z.number().int().min(0).max(65_535);
const address = z.union([z.ipv4(), z.ipv6()]);
const secureMedia = z.enum(['mandatory', 'optional', 'forbidden']);
const tlsVersion = z.enum(['tlsv1', 'tlsv1.1', 'tlsv1.2', 'tlsv1.3']);

/** One SIP profile, with FreeSWITCH's parameter names. Port 0 lets the system choose. */
export const profileSchema = z.strictObject({
  'sip-ip': address,
  /** UDP and TCP; left out: neither. */
  'sip-port': port.optional(),
  tls: z.boolean().default(true),
  'tls-sip-port': port.optional(),
  /** Folder with agent.pem and cafile.pem; relative to the configuration file. */
  'tls-cert-dir': z.string().min(1).optional(),
  'tls-min-version': tlsVersion.default('tlsv1.2'),
  'tls-max-version': tlsVersion.default('tlsv1.3'),
  /** Whether clients are asked for a certificate, and turned away without a good one. */
  'tls-client-certificate': z.enum(['ignored', 'wanted', 'required']).default('ignored'),
  /** Whether INVITE and other requests need a password. */
  'auth-calls': z.boolean().default(true),
  /**
   * Digest algorithms that are offered, one challenge each (RFC 8760). Only MD5, as FreeSWITCH: phones that do not know
   * RFC 8760 do not skip a challenge that is new to them; they give up.
   */
  'rfc8760-auth-algorithms': z.array(z.enum(DIGEST_HASHES)).min(1).default(['MD5']),
  context: z.enum(['default', 'public']).default('default'),
  /** Towards callers on this profile; and towards users that registered over TLS. Others get plain RTP. */
  rtp_secure_media: secureMedia.default('optional'),
  rtp_secure_media_outbound: secureMedia.default('mandatory'),
});
export type ProfileConfiguration = z.infer<typeof profileSchema>;

const userSchema = z.strictObject({
  password: z.string().min(1).max(512),
  'effective-caller-id-name': z.string().max(256).optional(),
});

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
  /** Longest and shortest registration, seconds. */
  registration: z
    .strictObject({
      'sip-expires-max': z.number().int().min(60).max(86_400).default(3600),
      'sip-expires-min': z.number().int().min(1).max(3600).default(30),
    })
    .prefault({}),
  profiles: z.record(z.string().regex(/^[a-z0-9_-]{1,32}$/i), profileSchema),
  users: z.record(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), userSchema),
});
export type PbxConfiguration = z.infer<typeof configurationSchema>;
