import { expect, test } from 'vitest';

import { minutesOf } from './minutes';

const at = (minute: number): string => `2026-11-21T10:0${minute}:00Z`;

test('counts by kind become rows, and quiet minutes between them stand as zero', () => {
  const rows = minutesOf([
    { minute: at(4), kind: 'messages', count: 7 },
    { minute: at(1), kind: 'messages', count: 3 },
    { minute: at(1), kind: 'hands', count: 2 },
    { minute: at(1), kind: 'questions', count: 1 },
    { minute: at(4), kind: 'of a later release', count: 9 },
  ]);

  expect(rows.map(({ comments, questions }) => [comments, questions])).toEqual([
    [3, 3],
    [0, 0],
    [0, 0],
    [7, 0],
  ]);
});

test('before the first minute there is nothing to draw', () => {
  expect(minutesOf([])).toEqual([]);
});
