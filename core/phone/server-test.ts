import type { ServerTestView } from '../api/state.ts';
import { probe } from '../probe/probe.ts';
import type { ProbePorts } from '../probe/probe-ports.ts';
import type { ProbeStep } from '../probe/probe-report.ts';
import { parseProbeTarget } from '../probe/probe-target.ts';
import type { SipUri } from '../sip/message/uri.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Finding } from '../tls/certificate-findings.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import type { StoredAccount } from './phone-store.ts';
import { diagnosisView } from './views.ts';

/** Longer than any server that works needs. */
const LIMIT_MS = 90_000;

/** A test of the server of an account, as the account would use it. */
export class ServerTest {
  readonly #target: string;
  readonly #accountId: string | null;
  readonly #controller = new AbortController();
  readonly #steps: ProbeStep[] = [];
  #findings: readonly Finding[] = [];
  #running = true;

  private constructor(target: string, accountId: string | null) {
    this.#target = target;
    this.#accountId = accountId;
  }

  /** Begins; `onChange` is told of each step and of the end. The error says what is wrong with the server's name. */
  static start(
    ports: ProbePorts,
    account: {
      readonly id: string | null;
      readonly address: SipUri;
      readonly stored: Pick<StoredAccount, 'server' | 'transport' | 'authorizationUser' | 'password'>;
      readonly tls: TlsClientSettings;
    },
    onChange: () => void,
  ): Result<ServerTest, string> {
    const { address, stored, tls } = account;
    const text = stored.server === '' ? address.host : stored.server;
    const uri = parseProbeTarget(text, stored.transport);
    if (!uri.ok) return err(uri.error);
    const test = new ServerTest(text, account.id);
    const { authorizationUser, password } = stored;
    void probe(ports, {
      text,
      uri: uri.value,
      tls,
      // Without a password there is nothing to register with, and still much to see.
      account: password.reveal() === '' ? undefined : { address, authorizationUser, password },
      limitMs: LIMIT_MS,
      signal: test.#controller.signal,
      onStep: (step) => {
        test.#steps.push(step);
        onChange();
      },
    }).then(({ findings }) => {
      test.#findings = findings;
      test.#running = false;
      onChange();
    });
    return ok(test);
  }

  get view(): ServerTestView {
    return {
      target: this.#target,
      accountId: this.#accountId,
      running: this.#running,
      steps: this.#steps.map(({ step, outcome, ms, text }) => ({ step, outcome, ms, text })),
      findings: this.#findings.map(({ severity, ...diagnosis }) => ({ ...diagnosisView(diagnosis), severity })),
    };
  }

  /** Ends it soon; a registration of its own is taken away first. */
  stop(): void {
    this.#controller.abort();
  }
}
