import type { AudioDevice, AudioRoute } from '../audio/audio-port.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import type { Component, TraceFields, TraceLevel } from '../trace/tracer.ts';
import type { ConferenceSeat, StreamEvent, StreamSink, StreamSource, StreamStatistics } from './media-plane.ts';
import type { SrtpKeying, StreamParameters } from '../rtp/stream-parameters.ts';

/** Where live sound comes from: the machine's devices, or nowhere (a switch without a user). */
export type AudioKind = 'devices' | 'silence';

/** What the worker is started with. */
export interface MediaWorkerSettings {
  readonly audio: AudioKind;
}

/** What the media worker is told. `stream` names a stream; `request` comes back in the answer. */
export type MediaCommand =
  | {
      readonly kind: 'open';
      readonly request: number;
      readonly stream: string;
      readonly address: string;
      readonly portMin: number;
      readonly portMax: number;
      readonly call: string;
    }
  | { readonly kind: 'move'; readonly request: number; readonly stream: string; readonly address: string }
  | { readonly kind: 'configure'; readonly stream: string; readonly parameters: PlainParameters }
  | { readonly kind: 'source'; readonly stream: string; readonly source: StreamSource }
  | { readonly kind: 'sink'; readonly stream: string; readonly sink: StreamSink }
  | { readonly kind: 'mute'; readonly stream: string; readonly muted: boolean }
  | { readonly kind: 'dtmf'; readonly stream: string; readonly digits: string; readonly durationMs: number | undefined }
  | { readonly kind: 'bridge'; readonly stream: string; readonly other: string | null }
  | { readonly kind: 'confer'; readonly stream: string; readonly seat: ConferenceSeat | null }
  | { readonly kind: 'record'; readonly stream: string; readonly path: string | null }
  | { readonly kind: 'listen'; readonly stream: string; readonly listening: boolean }
  | { readonly kind: 'statistics'; readonly request: number; readonly stream: string }
  | { readonly kind: 'close'; readonly request: number; readonly stream: string }
  | { readonly kind: 'route'; readonly route: AudioRoute }
  | { readonly kind: 'devices'; readonly request: number }
  | { readonly kind: 'end'; readonly request: number };

/** What the media worker tells: answers to requests, and what happens. */
export type MediaReport =
  | { readonly kind: 'answer'; readonly request: number; readonly answer: MediaAnswer }
  | { readonly kind: 'event'; readonly stream: string; readonly event: StreamEvent }
  | {
      readonly kind: 'trace';
      readonly component: Component;
      readonly level: TraceLevel;
      readonly what: string;
      readonly fields: TraceFields;
    };

/** Where a stream listens. */
export interface StreamPorts {
  readonly port: number;
  readonly rtcpPort: number;
}

/** The answer to a request, by the kind of the command. A stream that is not there any more has no figures. */
export type MediaAnswer =
  | { readonly kind: 'open'; readonly result: Result<StreamPorts, Diagnosis> }
  | { readonly kind: 'move'; readonly result: Result<StreamPorts, Diagnosis> }
  | { readonly kind: 'statistics' | 'close'; readonly statistics: StreamStatistics | undefined }
  | { readonly kind: 'devices'; readonly devices: readonly AudioDevice[] }
  | { readonly kind: 'end' };

interface PlainKeying {
  readonly suite: string;
  readonly masterKeyAndSalt: Uint8Array<ArrayBuffer>;
}

/** Stream parameters on their way into the worker: the only form in which keys are bare. */
export type PlainParameters = Omit<StreamParameters, 'srtp'> & {
  readonly srtp: { readonly send: PlainKeying; readonly receive: PlainKeying } | undefined;
};

/**
 * Lays the keys bare, in fresh buffers. Transfer those to the worker: that takes them away here, so that no second copy
 * stays behind.
 */
export function exposeKeys(parameters: StreamParameters): {
  readonly parameters: PlainParameters;
  readonly buffers: readonly ArrayBuffer[];
} {
  if (parameters.srtp === undefined) return { parameters: { ...parameters, srtp: undefined }, buffers: [] };
  const send = expose(parameters.srtp.send);
  const receive = expose(parameters.srtp.receive);
  return {
    parameters: { ...parameters, srtp: { send, receive } },
    buffers: [send.masterKeyAndSalt.buffer, receive.masterKeyAndSalt.buffer],
  };
}

/** The counterpart of {@link exposeKeys} inside the worker: the same octets, as secrets again. */
export function sealKeys(parameters: PlainParameters): StreamParameters {
  if (parameters.srtp === undefined) return { ...parameters, srtp: undefined };
  return { ...parameters, srtp: { send: seal(parameters.srtp.send), receive: seal(parameters.srtp.receive) } };
}

function expose({ suite, masterKeyAndSalt }: SrtpKeying): PlainKeying {
  return { suite, masterKeyAndSalt: new Uint8Array(masterKeyAndSalt.reveal()) };
}

function seal({ suite, masterKeyAndSalt }: PlainKeying): SrtpKeying {
  return { suite, masterKeyAndSalt: new Secret<Uint8Array>(masterKeyAndSalt) };
}
