export type Minute = { at: string; people: number; comments: number; reactions: number };

type Told = { minute?: unknown; at?: unknown; counts?: Record<string, unknown>; [kind: string]: unknown };

const count = (...values: unknown[]): number => values.find((value): value is number => typeof value === 'number') ?? 0;

/** The server's minutes, each with all three counts; minutes in which nothing happened are drawn as zero. */
export function minutesOf(answer: unknown): Minute[] {
  const told = ((answer as { minutes?: Told[]; items?: Told[] } | null)?.minutes ?? (answer as { items?: Told[] } | null)?.items ?? []) as Told[];
  const known = told
    .map((each) => ({ at: String(each.minute ?? each.at), counts: (each.counts ?? each) as Record<string, unknown> }))
    .map(({ at, counts }) => ({ at, people: count(counts.people), comments: count(counts.messages, counts.comments), reactions: count(counts.reactions) }))
    .toSorted((one, other) => one.at.localeCompare(other.at));
  const filled: Minute[] = [];
  for (const minute of known) {
    const last = filled.at(-1);
    for (let at = last ? Date.parse(last.at) + 60_000 : Infinity; at < Date.parse(minute.at) && filled.length < 24 * 60; at += 60_000) {
      filled.push({ at: new Date(at).toISOString(), people: last?.people ?? 0, comments: 0, reactions: 0 });
    }
    filled.push(minute);
  }
  return filled;
}
