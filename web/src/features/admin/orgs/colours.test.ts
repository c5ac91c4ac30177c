import { expect, test } from 'vitest';

import { contrast, meetings } from './colours';

test.each([
  ['#000000', '#ffffff', 21],
  ['#777777', '#ffffff', 4.48],
  ['#0b6178', '#ffffff', 7.04],
])('%s on %s has a contrast of %d', (one, other, ratio) => {
  expect(contrast(one, other)).toBeCloseTo(ratio, 1);
  expect(contrast(other, one)).toBeCloseTo(ratio, 1);
});

test('only pairs with a chosen colour are judged, over the defaults of their theme', () => {
  expect(meetings('light', {})).toEqual([]);
  expect(meetings('light', { primary: '#66aabb' }).map(({ front, back, isRead }) => [front, back, isRead])).toEqual([
    ['primary', 'bg', false],
    ['primary', 'surface', false],
    ['on-primary', 'primary', false],
  ]);
  expect(meetings('dark', { primary: '#66aabb' }).every(({ isRead }) => isRead)).toBe(true);
});

test('half a colour is no colour yet', () => {
  expect(meetings('light', { primary: '#66a' })).toEqual([]);
});
