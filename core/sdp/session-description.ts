import * as sdpTransform from 'sdp-transform';
import type { SdpMedia, SdpSession } from 'sdp-transform';
import { isNumericHost } from '../base/address.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { CodecParameters, MediaDirection } from '../rtp/stream-parameters.ts';

/** Longest body that is looked at. */
export const MAX_SDP_LENGTH = 16_384;
/** Most m-lines that are looked at. */
export const MAX_MEDIA_LINES = 32;

/** One m-line as far as an audio phone needs it. */
export interface MediaDescription {
  readonly type: string;
  /** 0: refused or withdrawn (RFC 3264 §6). */
  readonly port: number;
  /** `RTP/AVP`, `RTP/SAVP`, `UDP/TLS/RTP/SAVPF`, ...; upper case. */
  readonly profile: string;
  /** The formats as written: what a refused line has to repeat. */
  readonly formats: string;
  /** In the order of the m-line; formats without a mapping and not static are left out. */
  readonly codecs: readonly CodecParameters[];
  /** Numeric, from the line's own c= or the session's. `undefined`: absent or a name. */
  readonly address: string | undefined;
  readonly rtcpPort: number;
  readonly direction: MediaDirection;
  readonly packetTimeMs: number | undefined;
  /** Values of the a=crypto lines, unparsed. */
  readonly crypto: readonly string[];
}

/** The values of t= (RFC 8866 §5.9): 0 0 for a session without bounds, as every call is. */
export interface SessionTiming {
  readonly start: number;
  readonly stop: number;
}

/** A session description (RFC 8866) as far as an audio phone needs it. */
export interface SessionDescription {
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly timing: SessionTiming;
  readonly media: readonly MediaDescription[];
}

/** Payload types that need no a=rtpmap (RFC 3551 §6). G.722 says 8000 although it samples at 16000. */
const STATIC_PAYLOADS: ReadonlyMap<number, readonly [name: string, clockRate: number]> = new Map([
  [0, ['PCMU', 8000]],
  [8, ['PCMA', 8000]],
  [9, ['G722', 8000]],
  [13, ['CN', 8000]],
]);

/** Reads an SDP body. The reason is for a 400 or 488 and for the trace. */
export function parseSessionDescription(body: string): Result<SessionDescription, string> {
  if (body.length > MAX_SDP_LENGTH) return err('session description too long');
  if (!body.startsWith('v=0')) return err('session description does not begin with v=0');
  let session: SdpSession;
  try {
    session = sdpTransform.parse(body);
  } catch {
    return err('session description cannot be read');
  }
  if (session.media.length > MAX_MEDIA_LINES) return err('too many m-lines');
  const crypto = cryptoLines(body);
  const media: MediaDescription[] = [];
  for (const [index, line] of session.media.entries()) {
    const described = describe(line, session, crypto[index] ?? []);
    if (described === undefined) return err('malformed m-line');
    media.push(described);
  }
  const origin = originLine(body);
  return ok({
    sessionId: origin[1] ?? '',
    sessionVersion: origin[2] ?? '',
    timing: timingLine(body),
    media,
  });
}

/** The fields of o= as text: they may be numbers beyond 2**53 (RFC 8866 §5.2). */
function originLine(body: string): readonly string[] {
  return (/^o=(.*?)\s*$/m.exec(body)?.[1] ?? '').split(' ');
}

function timingLine(body: string): SessionTiming {
  const [, start = 0, stop = 0] = /^t=(\d{1,15}) (\d{1,15})\s*$/m.exec(body) ?? [];
  return { start: Number(start), stop: Number(stop) };
}

/** sdp-transform keeps only the first session parameter of a=crypto, so the lines are taken from the text. */
function cryptoLines(body: string): readonly (readonly string[])[] {
  const media: string[][] = [];
  for (const line of body.split(/\r\n|\r|\n/)) {
    if (line.startsWith('m=')) media.push([]);
    else if (line.startsWith('a=crypto:')) media.at(-1)?.push(line.slice('a=crypto:'.length));
  }
  return media;
}

function describe(line: SdpMedia, session: SdpSession, crypto: readonly string[]): MediaDescription | undefined {
  if (!Number.isInteger(line.port) || line.port < 0 || line.port > 65535) return undefined;
  const formats = String(line.payloads ?? '').trim();
  const address = String(line.connection?.ip ?? session.connection?.ip ?? '');
  return {
    type: String(line.type),
    port: line.port,
    profile: String(line.protocol).toUpperCase(),
    formats,
    codecs: formats.split(/\s+/).flatMap((format) => codecOf(line, format) ?? []),
    address: isNumericHost(address) ? address : undefined,
    rtcpPort: rtcpPortOf(line),
    direction: directionOf(line.direction ?? session.direction),
    packetTimeMs: packetTime(line.ptime),
    crypto,
  };
}

function codecOf(line: SdpMedia, format: string): CodecParameters | undefined {
  if (!/^\d{1,3}$/.test(format)) return undefined;
  const payloadType = Number(format);
  if (payloadType > 127) return undefined;
  const config = line.fmtp.find((entry) => entry.payload === payloadType)?.config;
  const map = line.rtp.find((entry) => entry.payload === payloadType);
  const known = STATIC_PAYLOADS.get(payloadType);
  if (map === undefined && known === undefined) return undefined;
  const clockRate = map?.rate ?? known?.[1] ?? 8000;
  const channels = Number(map?.encoding ?? 1);
  if (!Number.isInteger(clockRate) || clockRate <= 0 || !Number.isInteger(channels) || channels < 1) return undefined;
  return {
    name: String(map?.codec ?? known?.[0] ?? ''),
    payloadType,
    clockRate,
    channels,
    format: config === undefined ? undefined : String(config),
  };
}

/** RFC 3605 §2.1; else the next one (RFC 3550 §11). */
function rtcpPortOf({ port, rtcp }: SdpMedia): number {
  const named = rtcp?.port ?? 0;
  return Number.isInteger(named) && named > 0 && named <= 65535 ? named : Math.min(port + 1, 65535);
}

function directionOf(text: string | undefined): MediaDirection {
  return text === 'sendonly' || text === 'recvonly' || text === 'inactive' ? text : 'sendrecv';
}

function packetTime(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value >= 10 && value <= 200 ? value : undefined;
}

/** What we write: one audio line that is ours, and refusals for the others of an offer. */
export interface LocalMedia {
  readonly port: number;
  readonly rtcpPort: number;
  readonly profile: string;
  readonly codecs: readonly CodecParameters[];
  readonly direction: MediaDirection;
  readonly packetTimeMs: number;
  /** Values of a=crypto lines. */
  readonly crypto: readonly string[];
}

/** A line of an offer that we refuse: it is repeated with port 0 (RFC 3264 §6). */
export interface RefusedMedia {
  readonly type: string;
  readonly profile: string;
  readonly formats: string;
}

/** Writes a session description. `sessionVersion` grows by one with every change (RFC 3264 §8). */
export function formatSessionDescription(session: {
  /** Where media is expected. */
  readonly address: string;
  /** The address in `o=`. */
  readonly origin: string;
  readonly sessionId: string;
  readonly sessionVersion: number;
  readonly timing: SessionTiming;
  readonly media: readonly (LocalMedia | RefusedMedia)[];
}): string {
  return sdpTransform.write({
    version: 0,
    // The user name tells nothing about the machine or its user.
    origin: {
      username: '-',
      sessionId: session.sessionId,
      sessionVersion: session.sessionVersion,
      netType: 'IN',
      ipVer: ipVersion(session.origin),
      address: session.origin,
    },
    name: '-',
    connection: { version: ipVersion(session.address), ip: session.address },
    timing: session.timing,
    media: session.media.map((line) => ('formats' in line ? refusedLine(line) : audioLine(line))),
  });
}

function ipVersion(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function refusedLine(line: RefusedMedia): SdpMedia {
  return { type: line.type, port: 0, protocol: line.profile, payloads: line.formats, rtp: [], fmtp: [] };
}

function audioLine(line: LocalMedia): SdpMedia {
  return {
    type: 'audio',
    port: line.port,
    protocol: line.profile,
    payloads: line.codecs.map((codec) => codec.payloadType).join(' '),
    rtp: line.codecs.map((codec) => ({
      payload: codec.payloadType,
      codec: codec.name,
      rate: codec.clockRate,
      ...(codec.channels > 1 ? { encoding: codec.channels } : {}),
    })),
    fmtp: line.codecs.flatMap(({ payloadType, format }) =>
      format === undefined ? [] : [{ payload: payloadType, config: format }],
    ),
    ptime: line.packetTimeMs,
    // Only where it is not the port that everybody assumes (RFC 3605 §2.1).
    ...(line.rtcpPort === line.port + 1 ? {} : { rtcp: { port: line.rtcpPort } }),
    crypto: line.crypto.map((value) => {
      const [id = '', suite = '', config = ''] = value.split(' ');
      return { id: Number(id), suite, config };
    }),
    direction: line.direction,
  };
}
