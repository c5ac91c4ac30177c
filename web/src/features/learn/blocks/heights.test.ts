import { expect, test } from 'vitest';

import { heightKeeper } from './heights';

const all = (told: number[]): number[] => {
  const keep = heightKeeper();
  return told.map((each) => keep(each));
};

test('a frame is as high as its page says, also when that changes', () => {
  expect(all([120.4, 300, 280, 900])).toEqual([121, 300, 280, 900]);
});

test('a page that grows with its frame gets what it said first', () => {
  expect(all([240, 272, 304, 336, 368])).toEqual([240, 272, 304, 240, 240]);
});

test('nothing is higher than a sensible page', () => {
  expect(all([1e9])).toEqual([6000]);
});
