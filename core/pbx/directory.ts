import { Secret } from '../base/secret.ts';
import { sipUri, type SipUri } from '../sip/message/uri.ts';
import { canonicalPerson } from '../tls/peer-identity.ts';
import type { TlsSecurity } from '../tls/tls-security.ts';
import type { PbxConfiguration } from './configuration.ts';

interface DirectoryEntry {
  readonly password: Secret;
  readonly callerIdName: string | undefined;
  readonly connectBack: boolean | undefined;
  /** `required`, or the SHA-256 of a certificate, lower-case hex. */
  readonly certificate: string | undefined;
  readonly callgroup: string;
  readonly mailbox: Mailbox | undefined;
}

/** A user's place for messages. */
interface Mailbox {
  /** What opens it from another phone; without one it opens on phones of its user alone. */
  readonly password: string | undefined;
}

/** The users of the switch, their passwords and certificates. */
export class Directory {
  /** Realm of the passwords and domain of the addresses. */
  readonly domain: string;
  #users: ReadonlyMap<string, DirectoryEntry> = new Map();

  constructor(configuration: PbxConfiguration) {
    this.domain = configuration.domain;
    this.configure(configuration);
  }

  /** The users of the configuration, from now on. */
  configure({ users }: Pick<PbxConfiguration, 'users'>): void {
    this.#users = new Map(
      Object.entries(users).map(([user, entry]) => [
        user,
        {
          password: new Secret(entry.password),
          callerIdName: entry['effective-caller-id-name'],
          connectBack: entry['connect-back'],
          certificate: entry['client-certificate']?.replaceAll(':', '').toLowerCase(),
          callgroup: entry.callgroup,
          mailbox: entry['vm-enabled'] ? { password: entry['vm-password'] } : undefined,
        },
      ]),
    );
  }

  has(user: string): boolean {
    return this.#users.has(user);
  }

  /** `undefined` for a user that is not there. */
  password(user: string): Secret | undefined {
    return this.#users.get(user)?.password;
  }

  /**
   * Whether a user may come on a connection: always where no certificate is tied to it, else only where the connection
   * showed that one (RFC 5922 §7.1).
   */
  mayComeOn(user: string, security: TlsSecurity | undefined): boolean {
    const certificate = this.#users.get(user)?.certificate;
    if (certificate === undefined) return true;
    if (security?.peerVerified !== true) return false;
    if (certificate !== 'required') return security.peerFingerprint === certificate;
    const wanted = canonicalPerson(`sip:${user}@${this.domain}`);
    return security.peerUsers?.some((uri) => canonicalPerson(uri) === wanted) === true;
  }

  /** Whether the phones of a user are dialled at their Contact; `undefined` where the profile decides. */
  connectsBack(user: string): boolean | undefined {
    return this.#users.get(user)?.connectBack;
  }

  /** Who may take each other's calls while they ring. */
  callgroup(user: string): string | undefined {
    return this.#users.get(user)?.callgroup;
  }

  mailbox(user: string): Mailbox | undefined {
    return this.#users.get(user)?.mailbox;
  }

  uriOf(user: string): SipUri {
    return sipUri({ user, host: this.domain });
  }

  /** A user as the other side sees it. */
  party(user: string): { readonly displayName: string | undefined; readonly uri: SipUri } {
    const known = this.#users.get(user);
    const displayName = known === undefined ? undefined : (known.callerIdName ?? `Extension ${user}`);
    return { displayName, uri: this.uriOf(user) };
  }
}
