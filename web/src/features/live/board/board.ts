import type { Problem } from '@lib/problem';
import { signal, type Signal } from '@lib/signal';

import type { Ask } from '../room/ask';
import type { Feed } from './feed';
import { isNewer, merged, parcels, strokesOf, type Stroke, type Strokes } from './strokes';

export type BoardState = 'loading' | 'there' | 'failed';

export type Board = {
  strokes: Signal<Strokes>;
  state: Signal<BoardState>;
  /** Why something drawn here was not kept. */
  refusal: Signal<Problem | 'too-long' | undefined>;
  /** Everything that is on the page's own canvas; what is newer than the board goes to all. */
  draw: (canvas: Iterable<Stroke>) => void;
  wipe: () => Promise<boolean>;
  stop: () => void;
};

const GATHER_MS = 250;
const AGAIN_MS = 2000;
/** The server remembers a board for a second. */
const OLD_MS = 1100;

/** Erased before anybody saw it, or a text that is still to be written. */
const isEmpty = ({ isDeleted, type, text }: Stroke): boolean => isDeleted || (type === 'text' && !text);

/** The whiteboard on one page: all that was drawn, in its newest versions, and what waits here to be sent. */
export function createBoard({ ask, feed }: { ask: Ask; feed: Feed }): Board {
  const strokes = signal<Strokes>(new Map());
  const state = signal<BoardState>('loading');
  const refusal = signal<Problem | 'too-long' | undefined>(undefined);
  const waiting = new Map<string, Stroke>();
  /** What was wiped or refused, while it still stands on this page's canvas: it is drawn by nobody any more. */
  const gone = new Map<string, Stroke>();
  /** What came over the lane while the board was asked for. */
  let since: { seq: number; strokes: Stroke[] }[] | undefined;
  let stopped = false;
  let wholeTo = -1;
  let wipedAt = -1;
  let sending: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let loading: ReturnType<typeof setTimeout> | undefined;

  const loadIn = (ms: number): void => {
    clearTimeout(loading);
    loading = setTimeout(() => void load(), ms);
  };
  const load = async (): Promise<void> => {
    clearTimeout(loading);
    const needed = feed.heardTo();
    since = [];
    const answer = await ask<{ seq: number; elements: unknown }>('GET', 'whiteboard');
    if (stopped) return;
    if ('error' in answer) {
      if (state.get() === 'loading') state.set('failed');
      return loadIn(AGAIN_MS);
    }
    const { seq, elements } = answer.data;
    // Older than what this page has heard: what lies between would be missing, or what was wiped be back.
    if (seq < Math.max(needed, wipedAt)) return loadIn(OLD_MS);
    const later = since.filter((each) => each.seq > seq).flatMap((each) => each.strokes);
    since = undefined;
    wholeTo = seq;
    strokes.set([later, [...waiting.values()]].reduce<Strokes>(merged, merged(new Map(), strokesOf(elements))));
    state.set('there');
  };
  const unfollow = feed.follow((news) => {
    if (news === 'gap') return void load();
    if (news.seq <= wholeTo) return;
    const read = strokesOf(news.elements);
    if (news.wiped) {
      wipedAt = news.seq;
      for (const [id, stroke] of strokes.get()) gone.set(id, stroke);
      since &&= [];
      waiting.clear();
      strokes.set(new Map());
    }
    since?.push({ seq: news.seq, strokes: read });
    strokes.set(merged(strokes.get(), read));
  });

  const send = async (): Promise<void> => {
    const { calls, tooLong } = parcels(waiting.values());
    for (const stroke of tooLong) waiting.delete(stroke.id);
    if (tooLong.length > 0) refusal.set('too-long');
    for (const call of calls) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a wipe comes between no two halves of a drawing
      const answer = await ask('POST', 'whiteboard', { elements: call });
      if (stopped) return;
      if ('error' in answer && (answer.error.status === 0 || answer.error.status === 429 || answer.error.status >= 500)) return later(AGAIN_MS);
      for (const told of call) if (waiting.get(told.id)?.version === told.version) waiting.delete(told.id);
      if ('error' in answer) {
        refusal.set(answer.error);
        for (const [id, stroke] of waiting) gone.set(id, stroke);
        for (const told of call) gone.set(told.id, strokes.get().get(told.id) ?? told);
        waiting.clear();
        // What is on this canvas alone goes: everybody sees the same board.
        return void load();
      }
      refusal.set(undefined);
    }
    if (waiting.size > 0) later(GATHER_MS);
  };
  const later = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      sending ??= send().finally(() => {
        sending = undefined;
        if (waiting.size > 0 && timer === undefined && !stopped) later(GATHER_MS);
      });
    }, ms);
  };
  void load();

  return {
    strokes,
    state,
    refusal,
    draw: (canvas) => {
      const fresh = [...canvas].filter((stroke) => isNewer(stroke, strokes.get().get(stroke.id)) && isNewer(stroke, gone.get(stroke.id)) && (!isEmpty(stroke) || strokes.get().has(stroke.id)));
      if (fresh.length === 0) return;
      // A copy: the drawing program goes on drawing on what it gave us.
      const own = strokesOf(structuredClone(fresh));
      for (const stroke of own) waiting.set(stroke.id, stroke);
      strokes.set(merged(strokes.get(), own));
      if (timer === undefined && !sending) later(GATHER_MS);
    },
    wipe: async () => {
      waiting.clear();
      const answer = await ask('DELETE', 'whiteboard');
      return 'data' in answer;
    },
    stop: () => {
      stopped = true;
      unfollow();
      clearTimeout(timer);
      clearTimeout(loading);
      for (const call of parcels(waiting.values()).calls) void ask('POST', 'whiteboard', { elements: call }, { keepalive: true });
    },
  };
}
