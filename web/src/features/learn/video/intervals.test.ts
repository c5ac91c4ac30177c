import { describe, expect, test } from 'vitest';

import { coveredS, createTracker, union } from './intervals';

describe('watched intervals', () => {
  test('are a union: order, repeats and overlaps do not matter', () => {
    expect(union([[10, 20], [0, 5], [4, 12], [0, 5]])).toEqual([[0, 20]]);
    expect(union([[10, 20], [0, 5]])).toEqual([[0, 5], [10, 20]]);
  });

  test('close gaps of less than half a second and no longer ones', () => {
    expect(union([[0, 5], [5.4, 6]])).toEqual([[0, 6]]);
    expect(union([[0, 5], [5.6, 6]])).toEqual([[0, 5], [5.6, 6]]);
  });

  test('leave what they were made of as it was', () => {
    const given: [number, number][] = [[0, 5], [4, 8]];

    union(given);

    expect(given).toEqual([[0, 5], [4, 8]]);
  });

  test('cover each second once', () => {
    expect(coveredS([[0, 10], [5, 15], [5, 15]])).toBe(15);
  });
});

describe('a tracker of a playing film', () => {
  test('joins the reports of steady playing into one stretch', () => {
    const tracker = createTracker();

    for (const at of [0, 0.25, 0.5, 0.75, 1]) tracker.tick(at);

    expect(tracker.take()).toEqual([[0, 1]]);
    expect(tracker.take()).toEqual([]);
  });

  test('never counts a jump as watched', () => {
    const tracker = createTracker();

    tracker.tick(0);
    tracker.tick(0.25);
    tracker.tick(600);
    tracker.tick(600.25);

    expect(tracker.take()).toEqual([[0, 0.25], [600, 600.25]]);
  });

  test('begins a new stretch after a cut, even near the old one', () => {
    const tracker = createTracker();

    tracker.tick(0);
    tracker.cut();
    tracker.tick(1);
    tracker.tick(1.25);

    expect(tracker.take()).toEqual([[1, 1.25]]);
  });

  test('takes the longer steps of double speed for playing', () => {
    const tracker = createTracker();

    tracker.tick(0, 2);
    tracker.tick(2.5, 2);

    expect(tracker.take()).toEqual([[0, 2.5]]);
  });

  test('goes on from the last report after handing over', () => {
    const tracker = createTracker();

    tracker.tick(0);
    tracker.tick(1);
    tracker.take();
    tracker.tick(2);

    expect(tracker.take()).toEqual([[1, 2]]);
  });
});
