import { BODY_TARGETS } from './body-targets.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { OCTET_TARGETS } from './octet-targets.ts';
import { SIP_TARGETS } from './sip-targets.ts';

/** Everything that is fuzzed. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [...SIP_TARGETS, ...BODY_TARGETS, ...OCTET_TARGETS];
