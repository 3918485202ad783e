import type { CodecParameters } from '../rtp/stream-parameters.ts';
import type { Codec } from './codec.ts';
import { pcma, pcmu } from './g711-codec.ts';
import { g722 } from './g722-codec.ts';
import type { OpusFactory } from './opus.ts';
import { opusCodec } from './opus-codec.ts';

/**
 * The codec that an m-line names, compared without case; `undefined` where we have none, or not with this clock rate.
 * Opus is decoded to mono whatever its channels.
 */
export function createCodec(parameters: CodecParameters, opus: OpusFactory): Codec | undefined {
  const codec = byName(parameters, opus);
  return codec?.clockRate === parameters.clockRate ? codec : undefined;
}

function byName({ name, format }: CodecParameters, opus: OpusFactory): Codec | undefined {
  switch (name.toUpperCase()) {
    case 'PCMU':
      return pcmu;
    case 'PCMA':
      return pcma;
    case 'G722':
      return g722;
    case 'OPUS':
      return opusCodec(opus, format);
    default:
      return undefined;
  }
}
