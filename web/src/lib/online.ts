import { useSyncExternalStore } from 'react';

function follow(listener: () => void): () => void {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
}

export function useOnline(): boolean {
  return useSyncExternalStore(follow, () => navigator.onLine, () => true);
}

/** What is fetched later and would break the page where the network is gone by then: it waits for the network to be back. */
export const patient = <Part,>(load: () => Promise<Part>) => (): Promise<Part> =>
  load().catch((error: unknown) => {
    if (navigator.onLine) throw error;
    return new Promise((back) => addEventListener('online', back, { once: true })).then(load);
  });
