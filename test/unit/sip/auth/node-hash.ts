import { createHash } from 'node:crypto';
import type { DigestHash } from '../../../../core/sip/auth/digest.ts';

const NAMES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;

/** Node's own hashes, so that the tests of the core need no adapter. */
export const hash: DigestHash = { hex: (name, octets) => createHash(NAMES[name]).update(octets).digest('hex') };
