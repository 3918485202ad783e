import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { StreamEvent } from '../media/media-plane.ts';
import { PhoneCall, type CallSound, type PhoneCallOptions } from '../phone/phone-call.ts';
import { formatUri } from '../sip/message/uri.ts';
import { correlate } from '../audio/correlation.ts';
import { AUDIO_RATE } from '../audio/audio-port.ts';
import { resample } from '../audio/interpolator.ts';
import { toInt16 } from '../audio/samples.ts';
import { diagnoseFileError } from '../io/file-diagnosis.ts';
import { readWavFile } from '../io/wav-file.ts';
import { mediaFields, round, signallingFields, type ScriptedAgent } from './agent.ts';
import { CommandFailure, pause } from './command.ts';
import type { Output } from './output.ts';

const RTP_PORTS = { portMin: 30_000, portMax: 39_998 };

/** Options of a {@link PhoneCall} whose states become lines of output. */
export function scriptedCallOptions(
  scripted: ScriptedAgent,
  output: Output,
  sound: CallSound,
  onStreamEvent: (call: PhoneCall, event: StreamEvent) => void = () => undefined,
): PhoneCallOptions {
  const shown = new Map<string, string>();
  const held = new Map<string, string>();
  const transferred = new Map<string, string>();
  let lastMedia = 0;
  return {
    agent: scripted.agent,
    account: scripted.account,
    sound,
    ...RTP_PORTS,
    user: {
      onChange: (call) => {
        const { here, there } = call.hold;
        const hold = here && there ? 'both' : here ? 'here' : there ? 'there' : 'nobody';
        if (call.state === 'connected' && hold !== (held.get(call.id) ?? 'nobody')) {
          held.set(call.id, hold);
          output.event('held', { call: call.id, by: hold }, hold === 'nobody' ? 'resumed' : `held by ${hold}`);
        }
        const transfer = call.transfer;
        if (transfer !== undefined && transferred.get(call.id) !== transfer.state) {
          transferred.set(call.id, transfer.state);
          output.event(
            'transfer',
            {
              call: call.id,
              state: transfer.state,
              target: formatUri(transfer.target),
              status: transfer.status ?? null,
            },
            `transfer to ${formatUri(transfer.target)}: ${transfer.state}`,
          );
        }
        const state = call.state === 'early' ? 'ringing' : call.state;
        if (shown.get(call.id) === state) return;
        shown.set(call.id, state);
        if (state === 'calling') output.event('calling', { call: call.id }, 'calling …');
        if (state === 'ringing') output.event('ringing', { call: call.id, code: call.status }, 'ringing …');
        if (state === 'connected') {
          const security = call.security.state;
          output.event(
            'connected',
            { call: call.id, security, suite: call.negotiated?.suite ?? null },
            `connected, ${security}`,
          );
        }
        if (state === 'ended') {
          const elsewhere = call.answeredElsewhere;
          const text = elsewhere ? 'answered elsewhere' : 'ended';
          output.event('ended', { call: call.id, status: call.status ?? null, elsewhere }, text);
        }
      },
      onStreamEvent: (call, event) => {
        if (event.kind === 'dtmf') output.event('dtmf', { call: call.id, digit: event.digit }, `digit ${event.digit}`);
        const now = performance.now();
        if (event.kind === 'statistics' && call.state === 'connected' && now - lastMedia >= 1000) {
          lastMedia = now;
          output.event('media', { call: call.id, ...event.statistics }, '');
        }
        onStreamEvent(call, event);
      },
    },
  };
}

/** Fails where a file that a call is to play cannot be read, or one that it is to record cannot be written: before it rings. */
export async function checkSoundFiles(play: string | undefined, record: string | undefined): Promise<void> {
  if (play !== undefined) {
    const wav = await readWavFile(play);
    if (!wav.ok) throw new CommandFailure(wav.error);
  }
  if (record === undefined) return;
  try {
    await access(dirname(resolve(record)), constants.W_OK);
  } catch (error) {
    throw new CommandFailure(diagnoseFileError(record, error));
  }
}

/** Waits until `done` says so, the call has ended, or the command was told to end. Looks every 20 ms. */
export async function waitFor(call: PhoneCall, signal: AbortSignal, done: () => boolean): Promise<void> {
  while (!done() && call.state !== 'ended' && !signal.aborted) await pause(0.02, signal);
}

/** Ends the call and waits for its last figures, which come after a BYE was answered or given up. */
export async function finish(call: PhoneCall): Promise<void> {
  call.hangUp();
  const never = new AbortController().signal;
  for (let waited = 0; call.state !== 'ended' && waited < 5; waited += 0.02) await pause(0.02, never);
  await call.finished;
}

/** The groups of a result that every call has. */
export function callFields(call: PhoneCall): Record<string, unknown> {
  return {
    signalling: signallingFields(call.flow),
    media: mediaFields(call),
    security: call.security.state,
  };
}

/** How much of what was played came back in the recording. */
export async function compareFiles(
  played: string,
  recorded: string,
): Promise<{ readonly correlation: number; readonly delayMs: number }> {
  const { correlation, delayMs } = correlate(await samplesOf(played), await samplesOf(recorded), AUDIO_RATE);
  return { correlation: round(correlation, 3), delayMs: Math.round(delayMs) };
}

async function samplesOf(path: string): Promise<Int16Array> {
  const wav = await readWavFile(path);
  if (!wav.ok) throw new CommandFailure(wav.error);
  const samples = new Float32Array(wav.value.length);
  wav.value.read(0, samples);
  return Int16Array.from(resample(samples, wav.value.sampleRate, AUDIO_RATE), toInt16);
}
