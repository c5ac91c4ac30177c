import { expect, test } from 'vitest';

import { inOrder, merged, parcels, strokesOf, wordsOn, type Stroke, type Strokes } from './strokes';

const stroke = (id: string, version: number, over: Partial<Stroke> = {}): Stroke => ({ id, type: 'freedraw', version, versionNonce: 1, isDeleted: false, ...over });
const boardOf = (...strokes: Stroke[]): Strokes => new Map(strokes.map((each) => [each.id, each]));

test('whatever the order in which strokes come, all see the same board', () => {
  const said = [stroke('a', 1), stroke('a', 3, { versionNonce: 9 }), stroke('a', 3, { versionNonce: 5 }), stroke('a', 2), stroke('b', 1), stroke('b', 2, { isDeleted: true }), stroke('c', 4)];
  const boards = new Set<string>();
  for (let turn = 0; turn < said.length; turn += 1) {
    for (const order of [said, said.toReversed()]) {
      const shuffled = [...order.slice(turn), ...order.slice(0, turn)];
      const board = shuffled.reduce<Strokes>((before, each) => merged(before, [each]), new Map());
      boards.add(JSON.stringify([...board.values()].toSorted((one, other) => one.id.localeCompare(other.id))));
    }
  }
  expect(boards.size).toBe(1);
  expect([...boards][0]).toContain('"id":"a","type":"freedraw","version":3,"versionNonce":5');
});

test('what is known already changes nothing, not even the board itself', () => {
  const board = boardOf(stroke('a', 2));

  expect(merged(board, [stroke('a', 2), stroke('a', 1)])).toBe(board);
  expect(merged(board, [stroke('a', 3)])).not.toBe(board);
  expect(board.get('a')?.version).toBe(2);
});

test('an older stroke that comes after its erasing stays erased', () => {
  const erased = merged(boardOf(stroke('a', 1)), [stroke('a', 5, { isDeleted: true })]);

  expect(inOrder(merged(erased, [stroke('a', 4)]))).toEqual([]);
  expect(inOrder(merged(erased, [stroke('a', 6)]))).toHaveLength(1);
});

test('of what others send only strokes are read, and no links', () => {
  const read = strokesOf([stroke('a', 1, { link: 'https://evil.example' }), { id: 'p', type: 'image', version: 1 }, { id: 'e', type: 'embeddable', version: 1 }, null, 'words', { id: 3, version: 1 }, { id: 'x', version: '1' }]);

  expect(read.map(({ id, link }) => [id, link])).toEqual([['a', null]]);
  expect(strokesOf({ elements: [] })).toEqual([]);
});

test('strokes go in calls that the server takes; of the erased ones only a line', () => {
  const many = Array.from({ length: 120 }, (_, at) => stroke(`s${at}`, 1));
  const long = [stroke('l1', 1, { points: 'x'.repeat(30_000) }), stroke('l2', 1, { points: 'x'.repeat(30_000) })];
  const gone = stroke('gone', 2, { isDeleted: true, text: 'a secret', points: 'x'.repeat(50_000) });
  const huge = stroke('huge', 1, { points: 'x'.repeat(40_000) });

  const { calls, tooLong } = parcels([...many, ...long, gone, huge]);

  expect(calls.flat()).toHaveLength(123);
  expect(Math.max(...calls.map((call) => call.length))).toBeLessThanOrEqual(50);
  expect(Math.max(...calls.map((call) => JSON.stringify(call).length))).toBeLessThan(48 * 1024);
  expect(JSON.stringify(calls)).not.toContain('a secret');
  expect(tooLong.map(({ id }) => id)).toEqual(['huge']);
});

test('who does not see the board reads it from top to bottom', () => {
  const words = wordsOn(boardOf(stroke('2', 1, { type: 'text', text: ' below ', y: 90 }), stroke('1', 1, { type: 'text', text: 'above', y: -10 }), stroke('3', 1, { type: 'text', text: 'erased', isDeleted: true }), stroke('4', 1, { type: 'arrow' }), stroke('5', 1), stroke('6', 1)));

  expect(words).toEqual({ texts: ['above', 'below'], shapes: { arrow: 1, freedraw: 2 } });
});
