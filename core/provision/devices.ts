import type { Device } from './device.ts';
import { baresip } from './devices/baresip.ts';
import { bria } from './devices/bria.ts';
import { ciscoSpa } from './devices/cisco-spa.ts';
import { freeswitchGateway } from './devices/freeswitch.ts';
import { grandstream } from './devices/grandstream.ts';
import { linphone } from './devices/linphone.ts';
import { mitel } from './devices/mitel.ts';
import { nokia } from './devices/nokia.ts';
import { pjsua } from './devices/pjsua.ts';
import { polycom } from './devices/polycom.ts';
import { snom } from './devices/snom.ts';
import { yealink } from './devices/yealink.ts';
import { zoiper } from './devices/zoiper.ts';

/** Every device that settings can be written for, by its word. */
export const DEVICES: readonly Device[] = [
  baresip,
  bria,
  ciscoSpa,
  freeswitchGateway,
  grandstream,
  linphone,
  mitel,
  nokia,
  pjsua,
  polycom,
  snom,
  yealink,
  zoiper,
];

/** The device of a word, in any case. */
export function deviceOf(word: string): Device | undefined {
  const wanted = word.toLowerCase();
  return DEVICES.find(({ id, aliases = [] }) => id === wanted || aliases.includes(wanted));
}
