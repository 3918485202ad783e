import { EventEmitter } from 'node:events';

/** An event that its listeners can stop, as Electron's `will-` events are. */
export interface Preventable {
  preventDefault(): void;
}

/** An emitter with Electron's habit of asking listeners whether something may happen. */
export class ElectronEmitter extends EventEmitter {
  /** Emits an event that can be prevented; `true` when a listener did. */
  emitPreventable(name: string, details: object = {}): boolean {
    let prevented = false;
    this.emit(name, { ...details, preventDefault: () => (prevented = true) } satisfies Preventable);
    return prevented;
  }
}
