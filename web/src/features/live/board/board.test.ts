import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Ask } from '../room/ask';
import { createBoard, type Board } from './board';
import { createFeed } from './feed';
import type { Stroke } from './strokes';

const stroke = (id: string, version = 1, over: Partial<Stroke> = {}): Stroke => ({ id, type: 'freedraw', version, versionNonce: 1, isDeleted: false, ...over });

type Call = { method: string; elements: Stroke[] };
let calls: Call[];
let answer: (call: Call) => unknown;
let board: Board;

const refused = (status: number): unknown => ({ error: { status, code: 'live.role_needed', title: 'no', detail: '', fields: {} } });
const sent = (): string[][] => calls.filter(({ method }) => method === 'POST').map(({ elements }) => elements.map(({ id, version }) => `${id}${version}`));

function start(from = 0) {
  const feed = createFeed(from);
  const ask = (async (method: string, _path: string, body?: { elements: Stroke[] }) => {
    const call = { method, elements: structuredClone(body?.elements ?? []) };
    calls.push(call);
    return answer(call);
  }) as unknown as Ask;
  board = createBoard({ ask, feed });
  return feed;
}
const ids = (): string[] => [...board.strokes.get().values()].filter(({ isDeleted }) => !isDeleted).map(({ id }) => id).toSorted();

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  answer = ({ method }) => ({ data: method === 'GET' ? { seq: 5, elements: [stroke('a')] } : { kept: 1 } });
});
afterEach(() => {
  board.stop();
  vi.useRealTimers();
});

test('what is drawn while the board is fetched is on it, whichever comes first', async () => {
  const feed = start(5);
  feed.hear({ t: 'board', seq: 6, elements: [stroke('b')] });
  await vi.advanceTimersByTimeAsync(1);
  feed.hear({ t: 'board', seq: 7, elements: [stroke('c')] });

  expect(board.state.get()).toBe('there');
  expect(ids()).toEqual(['a', 'b', 'c']);
});

test('a board older than what was heard is asked for again, so that nothing between is missing', async () => {
  let seq = 5;
  answer = () => ({ data: { seq, elements: [stroke('a')] } });
  start(9);
  await vi.advanceTimersByTimeAsync(1);
  expect(board.state.get()).toBe('loading');

  seq = 9;
  await vi.advanceTimersByTimeAsync(1200);
  expect(board.state.get()).toBe('there');
});

test('a wiped board is empty for all, and the strokes that still stand on a canvas are not sent back', async () => {
  const feed = start(5);
  await vi.advanceTimersByTimeAsync(1);
  const canvas = [stroke('a'), stroke('mine')];
  board.draw(canvas);
  await vi.advanceTimersByTimeAsync(300);
  feed.hear({ t: 'board', seq: 8, elements: [], wiped: true });
  board.draw(canvas);
  await vi.advanceTimersByTimeAsync(1000);

  expect(ids()).toEqual([]);
  expect(sent()).toEqual([['mine1']]);
  board.draw([stroke('a', 2)]);
  expect(ids()).toEqual(['a']);
});

test('strokes are gathered, sent in their newest version, and never what others drew', async () => {
  start(5);
  await vi.advanceTimersByTimeAsync(1);
  const growing = stroke('m');
  for (let version = 1; version <= 5; version += 1) {
    growing.version = version;
    board.draw([stroke('a'), growing]);
  }
  await vi.advanceTimersByTimeAsync(300);

  expect(sent()).toEqual([['m5']]);
});

test('without a line strokes wait and are sent when it is back', async () => {
  let isOffline = true;
  answer = ({ method }) => (method === 'GET' ? { data: { seq: 5, elements: [] } } : isOffline ? refused(0) : { data: { kept: 1 } });
  start(5);
  await vi.advanceTimersByTimeAsync(1);
  board.draw([stroke('m')]);
  await vi.advanceTimersByTimeAsync(300);
  isOffline = false;
  await vi.advanceTimersByTimeAsync(2500);

  expect(sent()).toEqual([['m1'], ['m1']]);
  expect(ids()).toEqual(['m']);
});

test('who may not draw any more sees why, and their stroke goes from their own canvas, too', async () => {
  answer = ({ method }) => (method === 'GET' ? { data: { seq: 5, elements: [stroke('a')] } } : refused(403));
  start(5);
  await vi.advanceTimersByTimeAsync(1);
  const canvas = [stroke('a'), stroke('m')];
  board.draw(canvas);
  await vi.advanceTimersByTimeAsync(300);
  board.draw(canvas);
  await vi.advanceTimersByTimeAsync(3000);

  expect(sent()).toEqual([['m1']]);
  expect(ids()).toEqual(['a']);
  expect(board.refusal.get()).toMatchObject({ status: 403 });
});

test('a text that is still empty is nobody else\'s', async () => {
  start(5);
  await vi.advanceTimersByTimeAsync(1);
  board.draw([stroke('t', 1, { type: 'text', text: '' }), stroke('e', 2, { isDeleted: true })]);
  await vi.advanceTimersByTimeAsync(300);

  expect(sent()).toEqual([]);
});
