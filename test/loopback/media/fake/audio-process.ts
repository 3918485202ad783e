/**
 * Stands in for the audio process, without PortAudio. The input device chosen names what it does:
 * `good` delivers frames of the value 1000 and returns what is played one louder; `stalls` stops after 20 frames;
 * `hangs` never opens; `dies` ends after 20 frames; `none` has no device; `denied` has one that it may not use; `no-module` has no
 * library.
 */
import { AUDIO_FRAME_SAMPLES } from '../../../../core/audio/audio-port.ts';
import type { AudioProcessCommand, AudioProcessReport } from '../../../../core/io/audio-process-message.ts';

const report = (message: AudioProcessReport): void => void process.send?.(message);
const device = { id: 'good', name: 'good', inputs: 1, outputs: 1, defaultInput: true, defaultOutput: true };
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', (message) => {
  const command = message as AudioProcessCommand;
  if (command.kind === 'list') report({ kind: 'devices', devices: [device] });
  else if (command.kind === 'play') report({ kind: 'frame', samples: command.samples.map((sample) => sample + 1) });
  else open(command.route.input ?? 'good');
});

function open(behaviour: string): void {
  if (behaviour === 'hangs') return;
  if (behaviour === 'no-module') {
    report({ kind: 'no-module', reason: 'Cannot find package naudiodon' });
    return;
  }
  const opened = behaviour === 'none' || behaviour === 'denied' ? undefined : behaviour;
  const direction = {
    device: opened,
    replaced: false,
    reason: behaviour === 'denied' ? 'Permission denied' : undefined,
  };
  report({ kind: 'opened', input: direction, output: { ...direction }, devices: opened === undefined ? [] : [device] });
  if (opened === undefined) return;
  let count = 0;
  setInterval(() => {
    count++;
    if (count > 20 && behaviour === 'dies') process.kill(process.pid, 'SIGKILL');
    if (count > 20 && behaviour === 'stalls') return;
    report({ kind: 'frame', samples: new Int16Array(AUDIO_FRAME_SAMPLES).fill(1000) });
    report({ kind: 'progress' });
  }, 10);
}
