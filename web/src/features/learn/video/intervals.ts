/** A stretch of a film that was played, in its seconds. */
export type Interval = [number, number];

const JOIN_S = 0.5;

/** The union as a sorted list without overlaps; gaps under half a second are closed, as the server does. */
export function union(intervals: Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const [start, end] of intervals.toSorted((one, other) => one[0] - other[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1] + JOIN_S) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

export const coveredS = (intervals: Interval[]): number => union(intervals).reduce((sum, [start, end]) => sum + end - start, 0);

/** More than this between two reports of the player is a jump, not playing; twice as fast plays twice as far. */
const STEP_S = 1.5;

export type Tracker = {
  /** The player says where it is while it plays. */
  tick: (at: number, speed?: number) => void;
  /** The player stopped or jumped: the next report begins a new stretch. */
  cut: () => void;
  /** Hand over what was played since the last time. */
  take: () => Interval[];
};

/** Turns the reports of a playing film into stretches; a jump between two reports is never counted as watched. */
export function createTracker(): Tracker {
  let stretches: Interval[] = [];
  let last: number | undefined;
  return {
    tick: (at, speed = 1) => {
      if (last !== undefined && at > last && at - last <= STEP_S * Math.max(1, speed)) stretches.push([last, at]);
      last = at;
    },
    cut: () => {
      last = undefined;
    },
    take: () => {
      const taken = union(stretches);
      stretches = [];
      return taken;
    },
  };
}
