import { expect, test } from 'vitest';

import type { ReplayItem } from '@lib/api/live';

import { found, lastAt, placeIn, timelineOf } from './timeline';

const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 21, 10, 0, seconds)).toISOString();
const item = (seconds: number, kind: string, data: unknown, number = seconds): ReplayItem => ({ at: at(seconds), after_s: seconds, kind, number, data });
const parts = [
  { since: at(10), until: at(20), offset_s: 0 },
  { since: at(30), until: at(50), offset_s: 10 },
];

test('a moment of the class has its place in a recording with a pause', () => {
  expect([5, 10, 15, 25, 30, 45, 51].map((seconds) => placeIn(parts, at(seconds)))).toEqual([null, 0, 5, 10, 10, 25, null]);
  expect(placeIn([], at(5))).toBeNull();
});

test('slides, polls and answered questions are chapters, remarks stand at their time and what is gone has no words', () => {
  const { remarks, chapters, slides, lengthS } = timelineOf(
    [
      item(9, 'message', { name: 'Ada', role: 'learner', body: 'Hello', removed: false }),
      item(12, 'message', { name: 'Bo', role: 'learner', body: 'rude', removed: true, question: 'q' }),
      item(2, 'slide', { slide: { title: 'Knots', url: null, number: 1 } }),
      item(3, 'slide', { slide: { title: 'Knots', url: null, number: 1 } }),
      item(4, 'slide', { slide: null }),
      item(5, 'poll', { poll: { question: 'Which holds?' } }),
      item(6, 'question', { question: { body: 'Why?', state: 'open' } }),
      item(8, 'question', { question: { body: 'Why?', state: 'answered' } }),
      item(70, 'hands', {}),
    ],
    ({ after_s: after }) => after,
  );

  expect(remarks.map(({ atS, body, isGone, isAnswer }) => [atS, body, isGone, isAnswer])).toEqual([[9, 'Hello', false, false], [12, '', true, true]]);
  expect(chapters.map(({ atS, kind, words }) => [atS, kind, words])).toEqual([[2, 'slide', 'Knots'], [5, 'poll', 'Which holds?'], [8, 'question', 'Why?']]);
  expect([lastAt(slides, 1), lastAt(slides, 3)?.title, lastAt(slides, 4.5)?.title]).toEqual([undefined, 'Knots', '']);
  expect(lengthS).toBe(70);
  expect(found(remarks, 'HELL')).toHaveLength(1);
  expect([found(remarks, ' '), found(remarks, 'rude')]).toEqual([[], []]);
});

test('what was said outside of a recording is not in its replay', () => {
  const { remarks, lengthS } = timelineOf([item(5, 'message', {}), item(35, 'message', {})], ({ at: moment }) => placeIn(parts, moment), 30);

  expect(remarks.map(({ atS }) => atS)).toEqual([15]);
  expect(lengthS).toBe(30);
});
