import { calmGate } from './calm';

export type Author = { id: string; name: string; role: string };

/** A comment as it stands on this page; `local` says what became of one's own words. */
export type Comment = {
  id: string;
  /** The room's own count; null for own words that the server has not numbered yet. */
  seq: number | null;
  clientId: string | null;
  author: Author;
  body: string;
  at: string;
  replyTo: number | null;
  isGone: boolean;
  /** Waits for a moderator: only they and its author see it. */
  isHeld?: boolean;
  local?: 'sending' | 'kept' | 'refused' | undefined;
};

export type View = {
  rows: Comment[];
  /** All comments of the room so far, shown or not. */
  total: number;
  isCalm: boolean;
  /** Comments that came while the reader looked at older ones. */
  fresh: number;
  /** Whether it is known by now what had been said before. */
  isFilled: boolean;
};

export type Tick = { comments: Comment[]; rate?: number | undefined; total?: number | undefined };

const KEPT = 400;
const SHOWN = 60;
const FLUSH_MS = 250;
const CALM_FLUSH_MS = 500;
/** Comments a second up to which all are shown. */
const CALM_ABOVE = 15;
const RATE_OVER_MS = 3000;

const LEADING = new Set(['host', 'cohost', 'speaker']);
export const isLeading = (role: string): boolean => LEADING.has(role);

/**
 * The newest comments, outside Redux and React: what comes is put in order here, and the page is told two to four times a second.
 * Above fifteen comments a second a calm sample is kept; the teacher's and one's own words always are.
 */
export function createRing(now: () => number = () => performance.now()) {
  let rows: Comment[] = [];
  let pending: Comment[] = [];
  const known = new Set<number>();
  const gone = new Set<number>();
  const gate = calmGate(now);
  const arrivals: { at: number; count: number }[] = [];
  const listeners = new Set<() => void>();
  const hearers = new Set<(comments: Comment[]) => void>();
  let total = 0;
  let rate = 0;
  let isFilled = false;
  /** The count when the reader turned to older comments. */
  let leftAt: number | undefined;
  let view: View = { rows: [], total: 0, isCalm: false, fresh: 0, isFilled: false };
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isCalm = (): boolean => rate > CALM_ABOVE;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    view = { rows: [...rows.slice(-SHOWN), ...pending], total, isCalm: isCalm(), fresh: leftAt === undefined ? 0 : total - leftAt, isFilled };
    for (const listener of listeners) listener();
  };
  const flushSoon = (): void => {
    timer ??= setTimeout(flush, isCalm() ? CALM_FLUSH_MS : FLUSH_MS);
  };

  const measure = (count: number, told: number | undefined): void => {
    const at = now();
    arrivals.push({ at, count });
    while (arrivals[0] && at - arrivals[0].at > RATE_OVER_MS) arrivals.shift();
    const seen = arrivals.reduce((sum, each) => sum + each.count, 0) / (RATE_OVER_MS / 1000);
    rate = Math.max(told ?? 0, seen);
  };

  const place = (comment: Comment): void => {
    const seq = comment.seq as number;
    known.add(seq);
    let at = rows.length;
    while (at > 0 && (rows[at - 1]?.seq ?? 0) > seq) at -= 1;
    rows.splice(at, 0, gone.has(seq) ? { ...comment, isGone: true, body: '' } : comment);
  };

  const trim = (): void => {
    if (rows.length <= KEPT) return;
    for (const { seq } of rows.splice(0, rows.length - KEPT)) if (seq !== null) known.delete(seq);
  };

  /** What the server says of a comment of ours replaces what we showed at once. */
  const settle = (comment: Comment): boolean => {
    if (comment.clientId === null) return false;
    const before = pending.length;
    pending = pending.filter((each) => each.clientId !== comment.clientId);
    return pending.length < before;
  };

  return {
    /** Take what a tick brought. `mine` are shown whatever the flood. */
    offer: ({ comments, rate: told, total: counted }: Tick, mine = ''): void => {
      const news = comments.filter(({ seq }) => seq !== null && !known.has(seq));
      measure(news.length, told);
      total = counted === undefined ? total + news.length : Math.max(total, counted);
      const oldest = rows.length >= KEPT ? (rows[0]?.seq ?? 0) : 0;
      for (const comment of news) {
        const isMine = settle(comment) || comment.author.id === mine;
        if ((comment.seq as number) < oldest) continue;
        if (isCalm() && !isMine && !isLeading(comment.author.role) && !gate()) continue;
        place(comment);
      }
      trim();
      for (const hear of hearers) hear(news);
      flushSoon();
    },
    /** Rows from the server's history, already in order, without a word about them. */
    fill: (comments: Comment[], counted?: number): void => {
      isFilled = true;
      for (const comment of comments) if (comment.seq !== null && !known.has(comment.seq)) place(comment);
      for (const comment of comments) settle(comment);
      trim();
      total = Math.max(total, counted ?? 0, rows.length);
      flush();
    },
    /** Own words, shown at once. */
    echo: (comment: Comment): void => {
      pending = [...pending.filter((each) => each.clientId !== comment.clientId), comment];
      flush();
    },
    /** The server has own words, under this number. */
    acknowledge: (clientId: string, seq: number, at: string): void => {
      const mine = pending.find((each) => each.clientId === clientId);
      if (!mine) return;
      pending = pending.filter((each) => each !== mine);
      if (!known.has(seq)) {
        place({ ...mine, id: `s${seq}`, seq, at, local: undefined });
        total += 1;
      }
      flush();
    },
    /** Own words that wait, or that the server will not have. */
    mark: (clientId: string, local: Comment['local'] | 'dropped'): void => {
      pending = local === 'dropped' ? pending.filter((each) => each.clientId !== clientId) : pending.map((each) => (each.clientId === clientId ? { ...each, local } : each));
      flush();
    },
    /** A moderator took a comment away; its place stays. */
    bury: (seq: number): void => {
      gone.add(seq);
      rows = rows.map((each) => (each.seq === seq ? { ...each, isGone: true, body: '' } : each));
      flush();
    },
    /** The reader looks at older comments, or is back at the newest. */
    away: (next: boolean): void => {
      if ((leftAt !== undefined) === next) return;
      leftAt = next ? total : undefined;
      flush();
    },
    last: (): number => rows.at(-1)?.seq ?? 0,
    isGone: (seq: number): boolean => gone.has(seq),
    view: (): View => view,
    follow: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Hear of every comment that came, for the summary that is read aloud. */
    hear: (hearer: (comments: Comment[]) => void): (() => void) => {
      hearers.add(hearer);
      return () => hearers.delete(hearer);
    },
    stop: (): void => clearTimeout(timer),
  };
}

export type Ring = ReturnType<typeof createRing>;
