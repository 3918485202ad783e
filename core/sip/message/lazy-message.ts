import type { CSeq, NameAddress, Via } from './header-values.ts';
import type { Headers } from './headers.ts';
import type { SipMessageBase, SipRequest, SipResponse } from './message.ts';
import { TypedHeaders } from './typed-headers.ts';
import type { Uri } from './uri.ts';

const NO_BODY = new Uint8Array(0);

/** Reads typed values from the headers when first asked, keeps them, and reads anew once the headers changed. */
abstract class LazyMessage implements SipMessageBase {
  readonly headers: Headers;
  body: Uint8Array;
  #typed: TypedHeaders | undefined;
  #revision = -1;

  constructor(headers: Headers, body: Uint8Array = NO_BODY) {
    this.headers = headers;
    this.body = body;
  }

  get via(): Via | undefined {
    return this.#current().via;
  }

  get vias(): readonly Via[] {
    return this.#current().vias;
  }

  get from(): NameAddress | undefined {
    return this.#current().from;
  }

  get to(): NameAddress | undefined {
    return this.#current().to;
  }

  get callId(): string {
    return this.headers.get('Call-ID') ?? '';
  }

  get cseq(): CSeq | undefined {
    return this.#current().cseq;
  }

  get contacts(): readonly NameAddress[] | '*' {
    return this.#current().contacts;
  }

  get routes(): readonly NameAddress[] {
    return this.#current().routes;
  }

  get recordRoutes(): readonly NameAddress[] {
    return this.#current().recordRoutes;
  }

  get fromTag(): string | undefined {
    return this.from?.parameters.get('tag') ?? undefined;
  }

  get toTag(): string | undefined {
    return this.to?.parameters.get('tag') ?? undefined;
  }

  get contentType(): string | undefined {
    const value = this.headers.get('Content-Type');
    if (value === undefined) return undefined;
    const semicolon = value.indexOf(';');
    return (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  }

  #current(): TypedHeaders {
    if (this.#typed === undefined || this.#revision !== this.headers.revision) {
      this.#typed = new TypedHeaders(this.headers);
      this.#revision = this.headers.revision;
    }
    return this.#typed;
  }
}

/** A request whose header values are read on demand. */
export class RequestMessage extends LazyMessage implements SipRequest {
  readonly kind = 'request';
  readonly method: string;
  readonly uri: Uri;

  constructor(method: string, uri: Uri, headers: Headers, body?: Uint8Array) {
    super(headers, body);
    this.method = method;
    this.uri = uri;
  }
}

/** A response whose header values are read on demand. */
export class ResponseMessage extends LazyMessage implements SipResponse {
  readonly kind = 'response';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, headers: Headers, body?: Uint8Array) {
    super(headers, body);
    this.status = status;
    this.reason = reason;
  }
}
