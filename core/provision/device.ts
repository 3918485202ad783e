import { formatSocketAddress } from '../base/address.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Secret } from '../base/secret.ts';

/** What a phone must know to be a user of a switch. */
export interface PhoneSettings {
  readonly user: string;
  readonly password: Secret;
  readonly displayName: string;
  /** Domain of the address, and realm of the password. */
  readonly domain: string;
  /** Where the phone connects to: a name that the certificate of the switch holds. */
  readonly host: string;
  readonly port: number;
  /** What the switch wants of the media. */
  readonly srtp: 'mandatory' | 'optional' | 'forbidden';
  /** The authority that issued the certificate of the switch. */
  readonly authority: { readonly file: string; readonly pem: string };
}

/** One file for a device. */
export interface DeviceFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** One kind of phone, or of server that registers as one, and how it is told about a switch. */
export interface Device {
  /** The word on the command line. */
  readonly id: string;
  readonly title: string;
  /** Other words for it. */
  readonly aliases?: readonly string[];
  /** What its files cannot hold in a password or a name, since their format has no way to write it. */
  readonly cannotHold?: RegExp;
  files(settings: PhoneSettings): readonly DeviceFile[];
  /** What a person has to do, in order. */
  steps(settings: PhoneSettings): readonly string[];
  /** What is known to go wrong with it. */
  readonly quirks: readonly string[];
}

/** The file of the authority, for devices that take it as PEM. */
export function authorityFile({ authority }: PhoneSettings): DeviceFile {
  return { name: authority.file, content: authority.pem };
}

/** The file of the authority, for devices and systems that take it as DER. */
export function authorityCer({ authority }: PhoneSettings): DeviceFile {
  const base64 = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(authority.pem)?.[1] ?? '';
  const octets = atob(base64.replace(/\s/g, ''));
  return { name: 'cafile.cer', content: Uint8Array.from(octets, (character) => character.charCodeAt(0)) };
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort({ host, port }: PhoneSettings): string {
  return formatSocketAddress({ address: host, port });
}

/** The files of a device; the error is a sentence on what their format cannot hold. */
export function deviceFiles(device: Device, settings: PhoneSettings): Result<readonly DeviceFile[], string> {
  const values = {
    password: settings.password.reveal(),
    'effective-caller-id-name': settings.displayName,
  };
  for (const [name, value] of Object.entries(values)) {
    if (/\p{Cc}/u.test(value))
      return err(`The ${name} of ${settings.user} has control characters; no phone takes them.`);
    if (device.cannotHold?.test(value) === true)
      return err(`The ${name} of ${settings.user} has a character that the settings of ${device.title} cannot hold.`);
  }
  return ok(device.files(settings));
}
