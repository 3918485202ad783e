import { isIPv6 } from '../base/address.ts';
import { randomUint32, type Random } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import type { CodecParameters, MediaDirection, StreamParameters } from '../rtp/stream-parameters.ts';
import type { SrtpSuite } from '../srtp/suites.ts';
import { formatCryptoAttribute, parseCryptoAttribute, type CryptoAttribute } from './crypto-attribute.ts';
import { codecKey, PayloadTypes } from './payload-types.ts';
import {
  badCryptoLine,
  keysInClear,
  mediaAddress,
  noCommonCodec,
  noCommonSuite,
  refuse,
  requiredHere,
  unreadable,
  type Refusal,
} from './refusal.ts';
import {
  formatSessionDescription,
  parseSessionDescription,
  type MediaDescription,
  type RefusedMedia,
  type SessionDescription,
  type SessionTiming,
} from './session-description.ts';

/** FreeSWITCH's `rtp_secure_media`: SRTP or no call, SRTP where the peer has it, never SRTP. */
export type SecureMedia = 'mandatory' | 'optional' | 'forbidden';

/** What one end of a call can do and will insist on. */
export interface MediaCapabilities {
  /** Voice codecs in order of preference, with the payload types that our offers use. */
  readonly codecs: readonly CodecParameters[];
  /** Our payload type for telephone-event (RFC 4733). */
  readonly telephoneEventPayloadType: number;
  readonly packetTimeMs: number;
  readonly secureMedia: SecureMedia;
  /** In order of preference. */
  readonly suites: readonly SrtpSuite[];
  /** Whether keys may travel although the signalling is not encrypted: they are then worthless, and refused by default. */
  readonly allowKeysInClear: boolean;
}

/** Where our end of the stream is. */
export interface LocalMediaAddress {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/** What offer and answer settled. */
export interface NegotiatedStream {
  readonly parameters: StreamParameters;
  /** `RTP/AVP` or `RTP/SAVP`, as on the m-line; an upgraded RTP/AVP line (RFC 8643) has a suite all the same. */
  readonly profile: string;
  readonly suite: string | undefined;
}

/**
 * One side of offer/answer (RFC 3264) for one audio stream with SDES keys (RFC 4568), over the whole life of a call. It
 * opens nothing and sends nothing: bodies go in and out as text.
 */
export class OfferAnswer {
  readonly #capabilities: MediaCapabilities;
  #local: LocalMediaAddress;
  /** The address in `o=`, which stays for the session (RFC 3264 §8). */
  readonly #origin: string;
  readonly #encryptedSignalling: boolean;
  readonly #random: Random;
  readonly #sessionId: string;
  /** The last description that went out, to tell whether the next one is another (RFC 3264 §8). */
  #written: { readonly version: number; readonly media: string } = { version: 0, media: '' };
  /** Our keys by suite name: they stay for the call unless the peer changes its own, or we are asked to. */
  #keys = new Map<string, Secret<Uint8Array>>();
  /** The keys in force while an offer with fresh ones is out. */
  #keysInForce: Map<string, Secret<Uint8Array>> | undefined;
  /** The m-lines of the session, once there are any: they keep number and order (RFC 3264 §8). `undefined` is ours. */
  #lines: readonly (RefusedMedia | undefined)[] = [undefined];
  readonly #payloadTypes: PayloadTypes;
  #offered: readonly CryptoAttribute[] = [];
  #offeredProfile = '';
  #direction: MediaDirection = 'sendrecv';
  #negotiated: NegotiatedStream | undefined;
  #preferred: string | undefined;

  constructor(options: {
    readonly capabilities: MediaCapabilities;
    readonly local: LocalMediaAddress;
    /** Whether this leg's signalling runs over TLS: only then keys may be sent (RFC 4568 §8.1). */
    readonly encryptedSignalling: boolean;
    readonly random: Random;
  }) {
    this.#capabilities = options.capabilities;
    this.#payloadTypes = new PayloadTypes(options.capabilities.codecs);
    this.#local = options.local;
    this.#origin = options.local.address;
    this.#encryptedSignalling = options.encryptedSignalling;
    this.#random = options.random;
    this.#sessionId = String(randomUint32(options.random));
  }

  /** What is in force; `undefined` before the first agreement. */
  get negotiated(): NegotiatedStream | undefined {
    return this.#negotiated;
  }

  /** Where media is expected from the next offer or answer on. */
  moveTo(local: LocalMediaAddress): void {
    this.#local = local;
  }

  /** Takes this codec alone where an offer has it, so that a relay need not transcode. */
  preferCodec(name: string): void {
    this.#preferred = name.toLowerCase();
  }

  /**
   * Makes an offer: RTP/SAVP where SRTP is mandatory, RTP/AVP with keys where it is optional (RFC 8643); within a call the
   * profile stays, and so do the keys unless `rekey` asks for fresh ones.
   */
  createOffer(direction: MediaDirection = 'sendrecv', rekey = false): Result<string, Refusal> {
    const { secureMedia, suites } = this.#capabilities;
    if (secureMedia === 'mandatory' && !this.#mayExchangeKeys) return err(keysInClear('here'));
    if (secureMedia === 'mandatory' && suites.length === 0) {
      return err(
        refuse(
          'srtp.no-common-suite',
          'here',
          'SRTP is mandatory, but no suite is allowed.',
          'Allow at least one suite.',
          {},
        ),
      );
    }
    if (rekey) {
      this.#keysInForce ??= this.#keys;
      this.#keys = new Map();
    }
    this.#offered =
      secureMedia === 'forbidden' || !this.#mayExchangeKeys
        ? []
        : suites.map((suite, index) => this.#attribute(index + 1, suite));
    this.#offeredProfile = this.#negotiated?.profile ?? (secureMedia === 'mandatory' ? 'RTP/SAVP' : 'RTP/AVP');
    this.#direction = direction;
    const ours = {
      ...this.#local,
      profile: this.#offeredProfile,
      codecs: this.#offeredCodecs(),
      direction,
      packetTimeMs: this.#capabilities.packetTimeMs,
      crypto: this.#offered.map(formatCryptoAttribute),
    };
    return ok(
      this.#format(
        this.#lines.map((line) => line ?? ours),
        UNBOUNDED,
      ),
    );
  }

  /** The last offer was refused: its keys are forgotten. */
  withdrawOffer(): void {
    this.#keys = this.#keysInForce ?? this.#keys;
    this.#keysInForce = undefined;
  }

  /** The answer that refuses every stream of an offer; `undefined` where the offer cannot be read. */
  refuseOffer(body: string): string | undefined {
    const session = parseSessionDescription(body);
    return session.ok ? this.#format(session.value.media.map(refused), session.value.timing) : undefined;
  }

  /** Takes the answer to our offer. */
  receiveAnswer(body: string): Result<NegotiatedStream, Refusal> {
    const session = parseSessionDescription(body);
    if (!session.ok) return err(unreadable(session.error));
    const line = session.value.media[this.#lines.indexOf(undefined)];
    if (line?.type !== 'audio' || line.port === 0) {
      return err(noCommonCodec('there', 'The other end refused the audio stream.'));
    }
    if (line.profile !== this.#offeredProfile) return err(this.#profileMismatch(line));
    const crypto = this.#cryptoOfAnswer(line);
    if (!crypto.ok) return crypto;
    const codecs = line.codecs.filter((codec) => this.#ownCodec(codec) !== undefined);
    const stream = this.#settle(line, codecs, crypto.value, intersect(reverse(line.direction), this.#direction));
    if (!stream.ok) return stream;
    // What the answer says of payload types holds for what we send; the peer sends ours (RFC 3264 §5.1, §6.1).
    const receive = stream.value.parameters.receive.map((codec) => this.#payloadTypes.numbered(codec));
    this.#negotiated = { ...stream.value, parameters: { ...stream.value.parameters, receive } };
    this.#keysInForce = undefined;
    return ok(this.#negotiated);
  }

  /** Takes an offer and makes the answer; also for a re-INVITE. `direction` is what we allow at most. */
  receiveOffer(
    body: string,
    direction: MediaDirection = 'sendrecv',
  ): Result<{ readonly answer: string; readonly stream: NegotiatedStream }, Refusal> {
    const session = parseSessionDescription(body);
    if (!session.ok) return err(unreadable(session.error));
    const chosen = this.#chooseLine(session.value);
    if (!chosen.ok) return chosen;
    const { index, line, crypto } = chosen.value;
    const codecs = this.#preferredAmong(line.codecs.filter((codec) => this.#ownCodec(codec) !== undefined));
    this.#direction = intersect(reverse(line.direction), direction);
    const stream = this.#settle(line, codecs, crypto, this.#direction);
    if (!stream.ok) return stream;
    this.#negotiated = stream.value;
    this.#payloadTypes.note(stream.value.parameters.receive);
    const ours = {
      ...this.#local,
      profile: line.profile,
      codecs: stream.value.parameters.receive,
      direction: this.#direction,
      packetTimeMs: stream.value.parameters.packetTimeMs,
      crypto: crypto === undefined ? [] : [formatCryptoAttribute(crypto.own)],
    };
    this.#lines = session.value.media.map((offered, position) => (position === index ? undefined : refused(offered)));
    const answer = this.#format(
      this.#lines.map((other) => other ?? ours),
      session.value.timing,
    );
    return ok({ answer, stream: stream.value });
  }

  get #mayExchangeKeys(): boolean {
    return this.#encryptedSignalling || this.#capabilities.allowKeysInClear;
  }

  /** Writes a description; its version grows where it says something else than the last one (RFC 3264 §8). */
  #format(media: Parameters<typeof formatSessionDescription>[0]['media'], timing: SessionTiming): string {
    const { address } = this.#local;
    const sessionId = this.#sessionId;
    const write = (sessionVersion: number): string =>
      formatSessionDescription({ address, origin: this.#origin, sessionId, sessionVersion, timing, media });
    const same = write(0);
    if (same !== this.#written.media) this.#written = { version: this.#written.version + 1, media: same };
    return write(this.#written.version);
  }

  /** What is in use first, then what else we can; each with the payload type that it has in this session. */
  #offeredCodecs(): readonly CodecParameters[] {
    const used = (this.#negotiated?.parameters.receive ?? []).filter((codec) => !isTelephoneEvent(codec));
    const others = this.#capabilities.codecs.filter((own) => !used.some((codec) => codecKey(codec) === codecKey(own)));
    const voice = [...used, ...others].map((codec) => this.#payloadTypes.numbered(codec));
    // telephone-event runs at the clock rate of the voice codec (RFC 4733 §2.1), so each rate has its own payload type.
    const events = [...new Set(voice.map((codec) => codec.clockRate))].map((clockRate) => {
      const payloadType = this.#capabilities.telephoneEventPayloadType;
      return this.#payloadTypes.numbered({
        name: 'telephone-event',
        payloadType,
        clockRate,
        channels: 1,
        format: '0-15',
      });
    });
    return [...voice, ...events];
  }

  #attribute(tag: number, suite: SrtpSuite): CryptoAttribute {
    let key = this.#keys.get(suite.name);
    if (key === undefined) {
      key = new Secret(this.#random.bytes(suite.keyLength + suite.saltLength));
      this.#keys.set(suite.name, key);
    }
    return { tag, suite, masterKeyAndSalt: key };
  }

  /** The best line of an offer that our policy allows: with keys before without, earlier before later. */
  #chooseLine(session: SessionDescription): Result<Choice, Refusal> {
    const candidates = session.media.flatMap((line, index) =>
      line.type === 'audio' && line.port !== 0 && SUPPORTED_PROFILES.has(line.profile) ? [{ index, line }] : [],
    );
    let refusal: Refusal | undefined;
    let plain: Choice | undefined;
    for (const { index, line } of candidates) {
      const crypto = this.#cryptoOfOffer(line);
      if (!crypto.ok) refusal ??= crypto.error;
      else if (crypto.value !== undefined) return ok({ index, line, crypto: crypto.value });
      else plain ??= { index, line, crypto: undefined };
    }
    if (plain !== undefined) return ok(plain);
    return err(refusal ?? noCommonCodec('there', 'The offer has no audio stream over RTP that we can take.'));
  }

  /** The keys for a line of an offer; `undefined` where it becomes plain RTP. The offerer's order decides (RFC 4568 §5.1.2). */
  #cryptoOfOffer(line: MediaDescription): Result<CryptoPair | undefined, Refusal> {
    const { secureMedia, suites } = this.#capabilities;
    const secureProfile = line.profile !== 'RTP/AVP' && line.profile !== 'RTP/AVPF';
    if (secureMedia === 'forbidden') {
      if (!secureProfile) return ok(undefined);
      return err(
        refuse(
          'srtp.forbidden-here',
          'here',
          'The other end insists on SRTP, which is switched off here.',
          'Allow SRTP for this account or user, or switch it off at the other end.',
          { profile: line.profile },
        ),
      );
    }
    if (line.crypto.length === 0 && !secureProfile) {
      return secureMedia === 'mandatory' ? err(requiredHere(line.profile)) : ok(undefined);
    }
    if (!this.#mayExchangeKeys) {
      return secureProfile || secureMedia === 'mandatory' ? err(keysInClear('there')) : ok(undefined);
    }
    const problems: string[] = [];
    let unknownOnly = true;
    for (const value of line.crypto) {
      const attribute = parseCryptoAttribute(value);
      if (!attribute.ok) {
        problems.push(attribute.error.detail);
        unknownOnly &&= attribute.error.kind === 'unknown-suite';
      } else if (suites.some((suite) => suite.name === attribute.value.suite.name)) {
        return ok(this.#pair(attribute.value));
      } else problems.push(`${attribute.value.suite.name}: not allowed here`);
    }
    if (!secureProfile && secureMedia === 'optional') return ok(undefined);
    return err(noCommonSuite(line, problems, unknownOnly));
  }

  /** Our key for the suite of `peer`: kept while the peer keeps its own, fresh where it re-keys. */
  #pair(peer: CryptoAttribute): CryptoPair {
    const before = this.#negotiated?.parameters.srtp?.receive;
    const rekeyed =
      before !== undefined &&
      (before.suite !== peer.suite.name || !sameOctets(before.masterKeyAndSalt, peer.masterKeyAndSalt));
    if (rekeyed) this.#keys.delete(peer.suite.name);
    return { own: this.#attribute(peer.tag, peer.suite), peer };
  }

  #cryptoOfAnswer(line: MediaDescription): Result<CryptoPair | undefined, Refusal> {
    const mandatory = this.#capabilities.secureMedia === 'mandatory';
    const value = line.crypto[0];
    if (value === undefined) {
      // An answer without keys to RTP/AVP with keys declines the encryption, and nothing else (RFC 8643 §3.1).
      return mandatory ? err(badCryptoLine('The answer takes RTP/SAVP but has no a=crypto line.')) : ok(undefined);
    }
    const attribute = parseCryptoAttribute(value);
    if (!attribute.ok) return err(badCryptoLine(attribute.error.detail));
    const own = this.#offered.find(({ tag }) => tag === attribute.value.tag);
    if (own?.suite.name !== attribute.value.suite.name) {
      return err(
        badCryptoLine(`The answer's tag ${attribute.value.tag} with ${attribute.value.suite.name} was not offered.`),
      );
    }
    return ok({ own, peer: attribute.value });
  }

  #settle(
    line: MediaDescription,
    codecs: readonly CodecParameters[],
    crypto: CryptoPair | undefined,
    direction: MediaDirection,
  ): Result<NegotiatedStream, Refusal> {
    const voice = codecs.filter((codec) => !isTelephoneEvent(codec));
    const send = voice[0];
    if (send === undefined) {
      return err(
        noCommonCodec(
          'there',
          `No common codec: the other end has ${line.codecs.map(describeCodec).join(', ') || 'none'}.`,
        ),
      );
    }
    if (line.address === undefined || isIPv6(line.address) !== isIPv6(this.#local.address)) {
      return err(mediaAddress(line.address));
    }
    const event = codecs.find((codec) => isTelephoneEvent(codec) && codec.clockRate === send.clockRate);
    const events = event ?? codecs.find(isTelephoneEvent);
    // c= 0.0.0.0 is the old way to say hold (RFC 3264 §8.4).
    const held = line.address === '0.0.0.0' || line.address === '::';
    return ok({
      profile: line.profile,
      suite: crypto?.peer.suite.name,
      parameters: {
        // Nothing can be sent to 0.0.0.0, so the address that was in force stays.
        remoteAddress: held ? (this.#negotiated?.parameters.remoteAddress ?? line.address) : line.address,
        remotePort: line.port,
        remoteRtcpPort: line.rtcpPort,
        direction: held ? intersect(direction, 'recvonly') : direction,
        send,
        receive: [...voice, ...codecs.filter(isTelephoneEvent)],
        telephoneEventSend: events,
        packetTimeMs: line.packetTimeMs ?? this.#capabilities.packetTimeMs,
        srtp:
          crypto === undefined
            ? undefined
            : {
                send: { suite: crypto.own.suite.name, masterKeyAndSalt: crypto.own.masterKeyAndSalt },
                receive: { suite: crypto.peer.suite.name, masterKeyAndSalt: crypto.peer.masterKeyAndSalt },
              },
      },
    });
  }

  #ownCodec(codec: CodecParameters): CodecParameters | undefined {
    if (isTelephoneEvent(codec)) return codec;
    return this.#capabilities.codecs.find((own) => codecKey(own) === codecKey(codec));
  }

  #preferredAmong(codecs: readonly CodecParameters[]): readonly CodecParameters[] {
    if (!codecs.some((codec) => codec.name.toLowerCase() === this.#preferred)) return codecs;
    return codecs.filter((codec) => isTelephoneEvent(codec) || codec.name.toLowerCase() === this.#preferred);
  }

  #profileMismatch(line: MediaDescription): Refusal {
    return this.#offeredProfile === 'RTP/SAVP'
      ? requiredHere(line.profile)
      : badCryptoLine(`The answer's profile ${line.profile} is not the offered ${this.#offeredProfile}.`);
  }
}

interface CryptoPair {
  readonly own: CryptoAttribute;
  readonly peer: CryptoAttribute;
}

interface Choice {
  readonly index: number;
  readonly line: MediaDescription;
  readonly crypto: CryptoPair | undefined;
}

/** The t= of a call: it begins and ends with it. */
const UNBOUNDED: SessionTiming = { start: 0, stop: 0 };

const SUPPORTED_PROFILES: ReadonlySet<string> = new Set(['RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF']);

/** A line as it is repeated with port 0. */
function refused({ type, profile, formats }: MediaDescription): RefusedMedia {
  return { type, profile, formats };
}

function isTelephoneEvent(codec: CodecParameters): boolean {
  return codec.name.toLowerCase() === 'telephone-event';
}

function describeCodec(codec: CodecParameters): string {
  return `${codec.name}/${codec.clockRate}`;
}

/** The same direction seen from the other end. */
function reverse(direction: MediaDirection): MediaDirection {
  if (direction === 'sendonly') return 'recvonly';
  return direction === 'recvonly' ? 'sendonly' : direction;
}

/** What both allow (RFC 3264 §6.1). */
function intersect(a: MediaDirection, b: MediaDirection): MediaDirection {
  const send = a.startsWith('send') && b.startsWith('send');
  const receive = (a === 'sendrecv' || a === 'recvonly') && (b === 'sendrecv' || b === 'recvonly');
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

function sameOctets(a: Secret<Uint8Array>, b: Secret<Uint8Array>): boolean {
  const left = a.reveal();
  const right = b.reveal();
  return left.length === right.length && left.every((octet, index) => octet === right[index]);
}

export type { Refusal };
