import { useSyncExternalStore } from 'react';

/** A value outside React that components can read and follow. */
export type Signal<T> = { get: () => T; set: (next: T) => void; follow: (listener: () => void) => () => void };

export function signal<T>(initial: T): Signal<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    follow: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useSignal<T>(source: Signal<T>): T {
  return useSyncExternalStore(source.follow, source.get, source.get);
}
