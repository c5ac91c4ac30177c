export type Minute = { at: string; comments: number; reactions: number; questions: number };
export type Told = { minute: string; kind: string; count: number };

const MINUTE_MS = 60_000;
const MOST = 24 * 60;

/** The server's counts by minute and kind as rows; minutes in which nothing happened stand as zero. */
export function minutesOf(told: Told[]): Minute[] {
  const known = new Map<number, Minute>();
  for (const { minute, kind, count } of told) {
    const at = Date.parse(minute);
    const row = known.get(at) ?? { at: new Date(at).toISOString(), comments: 0, reactions: 0, questions: 0 };
    if (kind === 'messages') row.comments += count;
    if (kind === 'reactions') row.reactions += count;
    if (kind === 'questions' || kind === 'hands') row.questions += count;
    known.set(at, row);
  }
  const times = [...known.keys()].toSorted((one, other) => one - other);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  const length = Math.min(MOST, Math.round((last - first) / MINUTE_MS) + 1);
  return Array.from({ length }, (_, index) => known.get(first + index * MINUTE_MS) ?? { at: new Date(first + index * MINUTE_MS).toISOString(), comments: 0, reactions: 0, questions: 0 });
}
