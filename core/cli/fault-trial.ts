import type { Diagnosis } from '../base/diagnosis.ts';
import { steadyTone } from '../media/media-plane.ts';
import { err, ok } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { expectationOf } from '../faults/catalogue.ts';
import type { Expectation, Fault, FaultValues } from '../faults/fault.ts';
import { systemClock } from '../io/node-clock.ts';
import { deviceInstance } from '../phone/device-instance.ts';
import { PhoneCall } from '../phone/phone-call.ts';
import { PhoneAgent, type PhonePorts } from '../phone/phone-agent.ts';
import type { Resolver } from '../sip/locate/resolver.ts';
import { sipUri } from '../sip/message/uri.ts';
import { createCorePorts } from '../shell/core-ports.ts';
import { FAULT_DOMAIN, FAULT_USER, openFaultCabinet, type FaultCabinet } from '../shell/fault-cabinet.ts';
import { VERSION } from '../shell/version.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../tls/tls-settings.ts';
import { Tracer, type TraceEvent } from '../trace/tracer.ts';
import { startAgent, type ScriptedAgent } from './agent.ts';
import { CommandFailure, pause } from './command.ts';

const LOOPBACK = '127.0.0.1';
const ECHO = '9196';
const RTP_PORTS = { portMin: 30_000, portMax: 39_998 };
/** Longer than any timer that a fault can make somebody wait for (RFC 3261 §17: 64 times T1), with room for what follows. */
const PATIENCE_S = 50;
/** How long nothing may be said of a fault that is to go unnoticed. */
const QUIET_S = 0.5;

/** What came of a fault. */
export interface TrialOutcome {
  readonly expected: Expectation;
  /** Everything that each side said, in order. */
  readonly client: readonly Diagnosis[];
  readonly switch: readonly Diagnosis[];
  /** Whether each side said what it must, or nobody said anything where nobody is to notice. */
  readonly agrees: boolean;
}

/** Puts a fault on show and lets our own phone come to it; ends as soon as both sides said what they must. */
export async function tryFault(fault: Fault, values: FaultValues, signal: AbortSignal): Promise<TrialOutcome> {
  const expected = expectationOf(fault, values);
  const heard = new Witness(expected);
  const tracer = new Tracer(systemClock);
  tracer.subscribe((event) => {
    for (const diagnosis of diagnosesIn(event)) heard.client(diagnosis);
  });
  const clientPorts = { ...createCorePorts({ version: VERSION, audio: 'silence', tracer }), resolver: onlyLoopback };
  const switchPorts = createCorePorts({ version: VERSION, audio: 'silence' });
  const cabinet = await openFaultCabinet(switchPorts, {
    fault,
    values,
    listen: { address: LOOPBACK, port: 0 },
    onDiagnosis: (diagnosis) => {
      heard.switch(diagnosis);
    },
  });
  if (!cabinet.ok) throw new CommandFailure(cabinet.error);
  const phone = phoneFor(fault, cabinet.value, clientPorts, heard, signal);
  try {
    const registered = await registers(phone, heard);
    if (registered && fault.audience?.calls === true) callEcho(phone, heard);
    await heard.complete(signal);
    return heard.outcome(registered);
  } finally {
    await phone.close();
    await cabinet.value.close();
    await clientPorts.plane.close();
    await switchPorts.plane.close();
  }
}

/** Keeps what both sides say. */
class Witness {
  readonly #expected: Expectation;
  readonly #client: Diagnosis[] = [];
  readonly #switch: Diagnosis[] = [];
  readonly #satisfied = new AbortController();

  constructor(expected: Expectation) {
    this.#expected = expected;
  }

  client(diagnosis: Diagnosis): void {
    this.#client.push(diagnosis);
    this.#look();
  }

  switch(diagnosis: Diagnosis): void {
    this.#switch.push(diagnosis);
    this.#look();
  }

  /** Waits until everything was said, or too long. */
  complete(signal: AbortSignal): Promise<void> {
    return pause(this.#goesUnnoticed ? QUIET_S : PATIENCE_S, AbortSignal.any([signal, this.#satisfied.signal]));
  }

  outcome(registered: boolean): TrialOutcome {
    const silent = registered && this.#client.length + this.#switch.length === 0;
    return {
      expected: this.#expected,
      client: [...this.#client],
      switch: [...this.#switch],
      agrees: this.#goesUnnoticed ? silent : this.#satisfied.signal.aborted,
    };
  }

  get #goesUnnoticed(): boolean {
    return this.#expected.client === undefined && this.#expected.switch === undefined;
  }

  #look(): void {
    const { client, switch: atSwitch } = this.#expected;
    if (this.#goesUnnoticed) return;
    const said = (code: string | undefined, all: readonly Diagnosis[]): boolean =>
      code === undefined || all.some((diagnosis) => diagnosis.code === code);
    if (said(client, this.#client) && said(atSwitch, this.#switch)) this.#satisfied.abort();
  }
}

function phoneFor(
  { audience = {} }: Fault,
  { local, trust, revocationLists, password }: FaultCabinet,
  ports: PhonePorts,
  heard: Witness,
  signal: AbortSignal,
): ScriptedAgent {
  const { minVersion, maxVersion, secureMedia = 'mandatory' } = audience;
  return startAgent({ signal }, new PhoneAgent(ports), {
    address: sipUri({ user: FAULT_USER, host: FAULT_DOMAIN }),
    authorizationUser: FAULT_USER,
    password: new Secret(password),
    server: { host: FAULT_DOMAIN, port: local.port },
    transport: 'tls',
    tls: {
      ...DEFAULT_TLS_CLIENT_SETTINGS,
      trust: [trust],
      revocationLists,
      ...(minVersion === undefined ? {} : { minVersion }),
      ...(maxVersion === undefined ? {} : { maxVersion }),
    },
    secureMedia,
    // As the phone of the window has one (RFC 5626 §4.1); this one lives for a trial.
    instance: deviceInstance(ports.hash, password),
    onRegistration: ({ diagnosis }) => {
      if (diagnosis !== undefined) heard.client(diagnosis);
    },
  });
}

async function registers(phone: ScriptedAgent, heard: Witness): Promise<boolean> {
  try {
    await phone.register();
    return true;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    for (const diagnosis of error.diagnoses) heard.client(diagnosis);
    return false;
  }
}

function callEcho({ agent, account }: ScriptedAgent, heard: Witness): void {
  PhoneCall.place(
    {
      agent,
      account,
      ...RTP_PORTS,
      sound: { source: steadyTone(440), sink: { kind: 'none' } },
      user: {
        onChange: ({ diagnosis }) => {
          if (diagnosis !== undefined) heard.client(diagnosis);
        },
      },
    },
    sipUri({ user: ECHO, host: FAULT_DOMAIN }),
  );
}

/** Every name is here, and at one address only, so that nothing is said of another one. */
const onlyLoopback: Resolver = {
  naptr: () => Promise.resolve(err('not-found')),
  srv: () => Promise.resolve(err('not-found')),
  addresses: () => Promise.resolve(ok({ records: [LOOPBACK] })),
};

/** The diagnosis that was traced. */
function diagnosesIn({ kind, diagnosis }: TraceEvent): readonly Diagnosis[] {
  const isOne = kind === 'diagnosis' && typeof diagnosis === 'object' && diagnosis !== null && 'code' in diagnosis;
  return isOne ? [diagnosis as Diagnosis] : [];
}
