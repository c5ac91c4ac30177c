import { useState } from 'react';

/** The cursors walked so far: keyset pages only know their next one, so the way back is remembered here. */
export function useKeysetPages(key: string) {
  const [trail, setTrail] = useState<{ key: string; cursors: string[] }>({ key, cursors: [] });
  const cursors = trail.key === key ? trail.cursors : [];
  return {
    cursor: cursors.at(-1),
    hasPrevious: cursors.length > 0,
    next: (cursor: string) => setTrail({ key, cursors: [...cursors, cursor] }),
    previous: () => setTrail({ key, cursors: cursors.slice(0, -1) }),
  };
}
