import type { ServedLeg } from './served-leg.ts';

/** The slots of the valet, in the order in which they are given away. */
const SLOTS: readonly string[] = Array.from({ length: 99 }, (_, index) => String(6001 + index));

/** Calls that wait to be taken up: in a queue, or each in a slot with a number. */
export class ParkingLot {
  readonly #queue = new Set<ServedLeg>();
  readonly #slots = new Map<string, ServedLeg>();

  /** The call that has waited the longest. */
  get next(): ServedLeg | undefined {
    return [...this.#queue][0];
  }

  /** Who waits in a slot. */
  in(slot: string): ServedLeg | undefined {
    return this.#slots.get(slot);
  }

  /** Lets a call wait in the queue until it is gone. */
  async queue(leg: ServedLeg): Promise<void> {
    this.#queue.add(leg);
    await leg.finished();
    this.#queue.delete(leg);
  }

  /** Gives a call a slot, `any` where it does not matter, until it is gone; `undefined` where the slot, or every slot, is taken. */
  park(leg: ServedLeg, wanted: string): string | undefined {
    const slot = wanted === 'any' ? SLOTS.find((free) => !this.#slots.has(free)) : wanted;
    if (slot === undefined || this.#slots.has(slot)) return undefined;
    this.#slots.set(slot, leg);
    void leg.finished().then(() => this.#slots.delete(slot));
    return slot;
  }
}
