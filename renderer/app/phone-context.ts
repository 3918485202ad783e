import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ContractClient } from '../../core/api/client.ts';
import type { Snapshot } from '../../core/api/state.ts';
import type { TraceStore } from '../features/wire/trace-store.ts';
import type { WindowModel, WindowState } from './window-model.ts';

/** What every part of the window works with. */
export interface Phone {
  readonly model: WindowModel;
  readonly client: Pick<ContractClient, 'onLevels'>;
  readonly trace: TraceStore;
  readonly reconnect: () => void;
}

export const PhoneContext = createContext<Phone | null>(null);

/** The phone that the window belongs to. */
export function usePhone(): Phone {
  const phone = useContext(PhoneContext);
  if (phone === null) throw new Error('usePhone outside of PhoneContext');
  return phone;
}

/** The window's state; the part that asks renders again with each change. */
export function useWindowState(): WindowState {
  const { model } = usePhone();
  return useSyncExternalStore(model.subscribe, model.state);
}

/** The core's state, for parts that are shown only once there is one. */
export function useSnapshot(): Snapshot {
  const { snapshot } = useWindowState();
  if (snapshot === null) throw new Error('useSnapshot before the first state');
  return snapshot;
}
