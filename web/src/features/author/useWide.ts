import { useSyncExternalStore } from 'react';

const WIDE = '(min-width: 1000px)';

function follow(listener: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** Is there room for an inspector beside the canvas? Elsewhere it is a drawer. */
export function useWide(): boolean {
  return useSyncExternalStore(follow, () => matchMedia(WIDE).matches);
}
