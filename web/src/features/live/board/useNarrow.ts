import { useSyncExternalStore } from 'react';

const narrow = (): MediaQueryList => matchMedia('(max-width: 767px)');

const follow = (listener: () => void): (() => void) => {
  const query = narrow();
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
};

/** Whether the stage is too small to draw on: a phone draws when its board fills the window. */
export const useNarrow = (): boolean => useSyncExternalStore(follow, () => narrow().matches, () => false);
