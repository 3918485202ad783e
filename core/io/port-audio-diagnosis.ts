import type { AudioRoute } from '../audio/audio-port.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { OpenedDirection } from './audio-process-message.ts';

/** Nothing to hear or speak with: no sound card, or no library that could reach it. Not a failure: calls go on silently. */
export function noDevice(what: 'microphone' | 'speaker' | 'sound device', reason: string): Diagnosis {
  return {
    code: 'audio.no-device',
    side: 'here',
    summary: `There is no ${what} that works (${reason}).`,
    cure: 'Connect one, or choose another device in the settings. Calls work meanwhile, without sound from here.',
    evidence: { what, reason },
  };
}

/** The device is there, and the system keeps this program from it. */
function notPermitted(what: 'microphone' | 'speaker', reason: string): Diagnosis {
  return {
    code: 'audio.permission',
    side: 'here',
    summary: `The system does not let this program use the ${what} (${reason}).`,
    cure: 'Allow it in the privacy settings of the system; on Linux add the user to the group audio. Then call again.',
    evidence: { what, reason },
  };
}

/** What systems say where it is not the device that is missing but the right to use it. */
const REFUSALS = /permission|denied|not permitted|not authori[sz]ed|EACCES|EPERM/i;

/** A device that was in use, or chosen, is gone. It clears by itself when sound is back. */
export function deviceLost(reason: string): Diagnosis {
  return {
    code: 'audio.device-lost',
    side: 'here',
    summary: `The sound device stopped working (${reason}).`,
    cure: 'Connect it again or choose another one; the call goes on and sound comes back by itself.',
    evidence: { reason },
  };
}

/** The microphone works and delivers nothing but zeros. */
export function silentMicrophone(device: string | undefined): Diagnosis {
  return {
    code: 'audio.silent',
    side: 'here',
    summary: 'The microphone delivers only silence.',
    cure: 'Switch it on (some have a mute key), and allow this program to use it in the privacy settings of the system.',
    evidence: { device: device ?? 'default' },
  };
}

/** What is wrong with devices that were just opened, if anything; what keeps from speaking first. */
export function diagnoseOpening(
  route: AudioRoute,
  input: OpenedDirection,
  output: OpenedDirection,
): Diagnosis | undefined {
  for (const [what, { device, reason = '' }] of [['microphone', input], ['speaker', output]] as const) {
    if (device === undefined && REFUSALS.test(reason)) return notPermitted(what, reason);
  } // prettier-ignore
  if (input.device === undefined && output.device === undefined) {
    return noDevice('sound device', input.reason ?? output.reason ?? 'none is there');
  }
  if (input.device === undefined) return noDevice('microphone', input.reason ?? 'none is there');
  if (output.device === undefined) return noDevice('speaker', output.reason ?? 'none is there');
  if (input.replaced) return deviceLost(`${route.input ?? ''} is not there, ${input.device} takes its place`);
  if (output.replaced) return deviceLost(`${route.output ?? ''} is not there, ${output.device} takes its place`);
  return undefined;
}
