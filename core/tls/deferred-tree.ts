import type { HandshakeTree } from './handshake-tree.ts';

/**
 * A tree that is built when one of its fields is looked at first, be it by a reader or by JSON. The fields are written out
 * in a class, since to define them for each handshake takes longer than much of what the handshake itself does.
 */
export class DeferredTree implements HandshakeTree {
  readonly #build: () => HandshakeTree;
  #built: HandshakeTree | undefined;

  constructor(build: () => HandshakeTree) {
    this.#build = build;
  }

  toJSON(): HandshakeTree {
    return (this.#built ??= this.#build());
  }

  get role(): HandshakeTree['role'] {
    return this.toJSON().role;
  }

  get outcome(): HandshakeTree['outcome'] {
    return this.toJSON().outcome;
  }

  get watched(): HandshakeTree['watched'] {
    return this.toJSON().watched;
  }

  get times(): HandshakeTree['times'] {
    return this.toJSON().times;
  }

  get octets(): HandshakeTree['octets'] {
    return this.toJSON().octets;
  }

  get clientHello(): HandshakeTree['clientHello'] {
    return this.toJSON().clientHello;
  }

  get helloRetryRequest(): HandshakeTree['helloRetryRequest'] {
    return this.toJSON().helloRetryRequest;
  }

  get secondClientHello(): HandshakeTree['secondClientHello'] {
    return this.toJSON().secondClientHello;
  }

  get serverHello(): HandshakeTree['serverHello'] {
    return this.toJSON().serverHello;
  }

  get version(): HandshakeTree['version'] {
    return this.toJSON().version;
  }

  get cipher(): HandshakeTree['cipher'] {
    return this.toJSON().cipher;
  }

  get group(): HandshakeTree['group'] {
    return this.toJSON().group;
  }

  get alpn(): HandshakeTree['alpn'] {
    return this.toJSON().alpn;
  }

  get resumption(): HandshakeTree['resumption'] {
    return this.toJSON().resumption;
  }

  get serverChain(): HandshakeTree['serverChain'] {
    return this.toJSON().serverChain;
  }

  get clientChain(): HandshakeTree['clientChain'] {
    return this.toJSON().clientChain;
  }

  get certificateRequest(): HandshakeTree['certificateRequest'] {
    return this.toJSON().certificateRequest;
  }

  get alerts(): HandshakeTree['alerts'] {
    return this.toJSON().alerts;
  }

  get messages(): HandshakeTree['messages'] {
    return this.toJSON().messages;
  }

  get invalid(): HandshakeTree['invalid'] {
    return this.toJSON().invalid;
  }

  get spoken(): HandshakeTree['spoken'] {
    return this.toJSON().spoken;
  }

  get firstOctets(): HandshakeTree['firstOctets'] {
    return this.toJSON().firstOctets;
  }

  get error(): HandshakeTree['error'] {
    return this.toJSON().error;
  }
}
