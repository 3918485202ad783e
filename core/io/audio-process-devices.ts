import type { AudioDevice } from '../audio/audio-port.ts';

/** A device as PortAudio lists it: known by a number that is another one after the next change. */
export interface PortAudioDevice {
  readonly id: number;
  readonly name: string;
  readonly maxInputChannels: number;
  readonly maxOutputChannels: number;
  readonly hostAPIName: string;
}

/** A device with the number by which it can be opened now. */
export interface NumberedDevice extends AudioDevice {
  readonly number: number;
}

/**
 * Gives PortAudio's devices names that outlive a change of the list: host API, name, and a count where there are twins.
 * `defaultInput` and `defaultOutput` are numbers of the same list.
 */
export function nameDevices(
  listed: readonly PortAudioDevice[],
  defaultInput: number | undefined,
  defaultOutput: number | undefined,
): readonly NumberedDevice[] {
  const seen = new Map<string, number>();
  return listed.map((device) => {
    const key = `${device.hostAPIName}: ${device.name}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return {
      number: device.id,
      id: count === 1 ? key : `${key} #${count}`,
      name: device.name,
      inputs: device.maxInputChannels,
      outputs: device.maxOutputChannels,
      defaultInput: device.id === defaultInput,
      defaultOutput: device.id === defaultOutput,
    };
  });
}

/** The device to open: the one asked for, else the default, else the first that has the direction. */
export function chooseDevice(
  devices: readonly NumberedDevice[],
  direction: 'input' | 'output',
  wanted: string | undefined,
): NumberedDevice | undefined {
  const able = devices.filter((device) => (direction === 'input' ? device.inputs : device.outputs) > 0);
  return (
    able.find((device) => device.id === wanted) ??
    able.find((device) => (direction === 'input' ? device.defaultInput : device.defaultOutput)) ??
    able[0]
  );
}
