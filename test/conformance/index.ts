import type { RfcRequirements } from './requirement.ts';
import { RFC_3261 } from './rfc-3261.ts';
import { RFC_3262 } from './rfc-3262.ts';
import { RFC_3263 } from './rfc-3263.ts';
import { RFC_3264 } from './rfc-3264.ts';
import { RFC_3311 } from './rfc-3311.ts';
import { RFC_3515 } from './rfc-3515.ts';
import { RFC_3891 } from './rfc-3891.ts';
import { RFC_4028 } from './rfc-4028.ts';
import { RFC_5626 } from './rfc-5626.ts';
import { RFC_6026 } from './rfc-6026.ts';
import { RFC_6665 } from './rfc-6665.ts';
import { RFC_7616 } from './rfc-7616.ts';

/** Every RFC that was gone through, in the order of the page. */
export const CONFORMANCE: readonly RfcRequirements[] = [
  RFC_3261,
  RFC_3262,
  RFC_3263,
  RFC_3264,
  RFC_3311,
  RFC_3515,
  RFC_3891,
  RFC_4028,
  RFC_5626,
  RFC_6026,
  RFC_6665,
  RFC_7616,
];
