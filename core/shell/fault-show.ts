import type { SwitchDetails } from '../api/switch.ts';
import { formatSocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { findFault, readFaultValues } from '../faults/catalogue.ts';
import type { PhonePorts } from '../phone/phone-agent.ts';
import { diagnosisView } from '../phone/views.ts';
import { FAULT_DOMAIN, FAULT_USER, openFaultCabinet, type FaultCabinet } from './fault-cabinet.ts';

/** What the switch noticed that is remembered of one fault. */
const KEPT_NOTICES = 50;

interface Show {
  readonly id: string;
  readonly cabinet: FaultCabinet;
  readonly noticed: (Diagnosis & { readonly at: number })[];
}

/** The fault that the window shows, one at a time, on a port of loopback. */
export class FaultShow {
  readonly #ports: PhonePorts;
  readonly #onChange: () => void;
  #show: Show | undefined;
  /** One opening or closing after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: PhonePorts, onChange: () => void) {
    this.#ports = ports;
    this.#onChange = onChange;
  }

  get view(): SwitchDetails['fault'] {
    if (this.#show === undefined) return null;
    const { id, cabinet, noticed } = this.#show;
    return {
      id,
      server: formatSocketAddress(cabinet.local),
      address: `sip:${FAULT_USER}@${FAULT_DOMAIN}`,
      password: cabinet.password,
      trust: [cabinet.trust, ...cabinet.revocationLists].map((pem) => `${pem.trim()}\n`).join(''),
      noticed: noticed.map((notice) => ({ ...diagnosisView(notice), at: notice.at })),
    };
  }

  /** Shows the fault of this id in place of another; `values` as they are typed. */
  open(id: string, values: Readonly<Record<string, string>>): Promise<Result<void, Diagnosis>> {
    return this.#next(() => this.#open(id, values));
  }

  close(): Promise<void> {
    return this.#next(() => this.#close());
  }

  /** One turn that broke is not the end of all. */
  #next<T>(turn: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(turn, turn);
    this.#turn = next;
    return next;
  }

  async #open(id: string, values: Readonly<Record<string, string>>): Promise<Result<void, Diagnosis>> {
    const found = findFault(id);
    if (found === undefined) return err(invalid(`There is no fault ${id}.`, id));
    const given = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    const read = readFaultValues(found.fault, [...found.given, ...given]);
    if (!read.ok) return err(invalid(`${read.error}.`, id));
    await this.#close();
    const noticed: Show['noticed'] = [];
    const cabinet = await openFaultCabinet(this.#ports, {
      fault: found.fault,
      values: read.value,
      listen: { address: '127.0.0.1', port: 0 },
      onDiagnosis: (diagnosis) => {
        noticed.push({ ...diagnosis, at: this.#ports.clock.wall() });
        if (noticed.length > KEPT_NOTICES) noticed.shift();
        this.#onChange();
      },
    });
    if (!cabinet.ok) return cabinet;
    this.#show = { id, cabinet: cabinet.value, noticed };
    this.#onChange();
    return ok(undefined);
  }

  async #close(): Promise<void> {
    const show = this.#show;
    if (show === undefined) return;
    this.#show = undefined;
    await show.cabinet.close();
    this.#onChange();
  }
}

function invalid(summary: string, fault: string): Diagnosis {
  return { code: 'config.invalid', side: 'here', summary, cure: 'Choose one from the list.', evidence: { fault } };
}
