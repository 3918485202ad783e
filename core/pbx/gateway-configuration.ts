import * as z from 'zod';
import { isSipUri, parseUri } from '../sip/message/uri.ts';
import { CONTEXTS } from './dial-plan.ts';

/** `host`, `host:port` or `[IPv6]:port`. */
function readProxy(
  text: string,
  context: z.RefinementCtx,
): { readonly host: string; readonly port: number | undefined } {
  const uri = parseUri(`sip:${text}`);
  if (uri.ok && isSipUri(uri.value) && uri.value.user === undefined && uri.value.parameters.size === 0)
    return { host: uri.value.host, port: uri.value.port };
  context.addIssue({ code: 'custom', message: 'expected a host, or host:port' });
  return z.NEVER;
}

/** Another server that the switch is a user of, with FreeSWITCH's parameter names. */
export const gatewaySchema = z.strictObject({
  /** Where requests go. */
  proxy: z.string().min(1).max(300).transform(readProxy),
  username: z.string().min(1).max(256),
  password: z.string().max(512).default(''),
  /** The name that the password belongs to, where it is not `username`. */
  'auth-username': z.string().min(1).max(256).optional(),
  /** Domain of our address there; the host of the proxy where it is left out. */
  'from-domain': z.string().min(1).max(253).optional(),
  /** Whether it is registered with; without that it cannot call us on a connection of ours. */
  register: z.boolean().default(true),
  'register-transport': z.enum(['udp', 'tcp', 'tls']).default('tls'),
  'expire-seconds': z.number().int().min(60).max(86_400).default(3600),
  /** Seconds between OPTIONS that ask whether it is still there; 0 asks never. */
  ping: z.number().int().min(0).max(3600).default(0),
  /** The number that its calls go to; `username` where it is left out. */
  extension: z.string().min(1).max(64).optional(),
  /** Where that number is looked up. */
  context: z.enum(CONTEXTS).default('public'),
  rtp_secure_media: z.enum(['mandatory', 'optional', 'forbidden']).default('mandatory'),
  /** Folder with cafile.pem, and agent.pem where it asks for a client certificate; that of the profile where it is left out. */
  'tls-cert-dir': z.string().min(1).optional(),
  /** Whose authorities are trusted: those of cafile.pem, or those of the system, for servers with a public certificate. */
  'tls-trust': z.enum(['folder', 'system']).default('folder'),
});
export type GatewayConfiguration = z.infer<typeof gatewaySchema>;
