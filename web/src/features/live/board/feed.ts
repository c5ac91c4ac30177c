export type Heard = { seq: number; elements: unknown; wiped: boolean } | 'gap';

/** What the lane says of the whiteboard, for the part of the page that draws it: its code comes only when a board is shown. */
export type Feed = {
  /** Up to which publication this page has heard the lane. */
  heardTo: () => number;
  follow: (hear: (news: Heard) => void) => () => void;
};

export type LaneFeed = Feed & { hear: (data: unknown) => void; gap: (from: number) => void };

export function createFeed(from: number): LaneFeed {
  const listeners = new Set<(news: Heard) => void>();
  let last = from;
  const tell = (news: Heard): void => listeners.forEach((hear) => hear(news));
  return {
    heardTo: () => last,
    follow: (hear) => {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
    hear: (data) => {
      const { t, seq, elements, wiped } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
      if (typeof seq === 'number') last = Math.max(last, seq);
      if (t === 'board') tell({ seq: typeof seq === 'number' ? seq : last, elements, wiped: wiped === true });
    },
    gap: (to) => {
      last = Math.max(last, to);
      tell('gap');
    },
  };
}
