import type { Clock } from '../../base/clock.ts';
import type { Action } from '../dial-plan.ts';
import { legView } from '../switch-call.ts';
import type { ConferenceRooms } from './conference-rooms.ts';
import type { GroupBook } from './group-book.ts';
import type { ParkingLot } from './parking-lot.ts';
import type { ServedLeg } from './served-leg.ts';
import type { SoundLibrary } from './sounds.ts';
import { spokenDate, spokenDigits, spokenTime } from './speech.ts';
import type { Voicemail } from './voicemail.ts';

/** What the applications of the switch work with. */
export interface ApplicationPorts {
  readonly clock: Clock;
  readonly sounds: SoundLibrary;
  readonly parking: ParkingLot;
  readonly conferences: ConferenceRooms;
  readonly groups: GroupBook;
  readonly voicemail: Voicemail;
}

/** Actions that the switch carries out at one end of a call, once that end has answered. */
export type ServedAction = Extract<
  Action,
  { application: 'echo' | 'playback' | 'say' | 'conference' | 'park' | 'unpark' | 'group-member' | 'voicemail' }
>;

/** Serves an answered end until it goes or the application has nothing more to do with it. */
export async function runApplication(action: ServedAction, leg: ServedLeg, ports: ApplicationPorts): Promise<void> {
  const { sounds } = ports;
  const say = (...prompts: readonly string[]): Promise<boolean> => leg.play(sounds.speech(prompts));
  switch (action.application) {
    case 'echo':
      leg.start({ kind: 'echo', delayMs: action.delay * 1000 });
      await leg.finished();
      return;
    case 'playback':
      if (action.security === true) await say(securityPrompt(leg));
      leg.start(sounds.source(action.sound));
      await leg.finished();
      return;
    case 'say': {
      const now = new Date(ports.clock.wall());
      if (action.what !== 'date') await say(...spokenTime(now));
      if (action.what !== 'time') await say(...spokenDate(now));
      return;
    }
    case 'conference':
      await ports.conferences.enter(leg, action.room);
      return;
    case 'park':
      await park(leg, action.slot, ports);
      return;
    case 'unpark':
      await say('nobody-waits');
      return;
    case 'group-member':
      if (leg.user === undefined) return;
      if (action.member) ports.groups.join(action.group, leg.user);
      else ports.groups.leave(action.group, leg.user);
      await say(action.member ? 'group-joined' : 'group-left');
      return;
    case 'voicemail':
      await ports.voicemail.menu(leg);
  }
}

async function park(leg: ServedLeg, slot: string | undefined, { sounds, parking }: ApplicationPorts): Promise<void> {
  const given = slot === undefined ? undefined : parking.park(leg, slot);
  if (slot !== undefined && given === undefined) {
    await leg.play(sounds.speech(['slot-taken']));
    return;
  }
  if (given !== undefined) await leg.play(sounds.speech(['parked-at', ...spokenDigits(given)]));
  leg.start(sounds.source('hold-music'));
  await (given === undefined ? parking.queue(leg) : leg.finished());
}

/** What is true of a call: the claim of the hold music of FreeSWITCH that it is secure was none. */
function securityPrompt({ leg: { session, media } }: ServedLeg): string {
  const { security } = legView({ flow: session.flow, media });
  if (security === 'encrypted') return 'security-encrypted';
  return security === 'signalling' ? 'security-signalling-only' : 'security-open';
}
