import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createRing, type Comment } from './ring';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const say = (seq: number, over: Partial<Comment> = {}): Comment => ({
  id: `s${seq}`,
  seq,
  clientId: `c${seq}`,
  author: { id: `p${seq % 7}`, name: `Person ${seq % 7}`, role: 'learner' },
  body: `words ${seq}`,
  at: '2026-11-21T10:00:00Z',
  replyTo: null,
  isGone: false,
  ...over,
});
const many = (from: number, to: number): Comment[] => Array.from({ length: to - from + 1 }, (_, at) => say(from + at));
const seqs = (ring: ReturnType<typeof createRing>): (number | null)[] => ring.view().rows.map(({ seq }) => seq);

test('the page is told at most four times a second, however often comments come', () => {
  const ring = createRing(() => Date.now());
  let told = 0;
  ring.follow(() => (told += 1));

  for (let seq = 1; seq <= 10; seq += 1) {
    ring.offer({ comments: [say(seq)] });
    vi.advanceTimersByTime(100);
  }

  expect(told).toBe(3);
});

test('only the last sixty rows are shown', () => {
  const ring = createRing(() => Date.now());

  ring.fill(many(1, 200));

  expect(seqs(ring)).toEqual(many(141, 200).map(({ seq }) => seq));
});

test('the same comment twice is one row, and a late one stands where its number says', () => {
  const ring = createRing(() => Date.now());

  ring.offer({ comments: [say(1), say(3)] });
  ring.offer({ comments: [say(3), say(2)] });
  vi.advanceTimersByTime(600);

  expect(seqs(ring)).toEqual([1, 2, 3]);
});

test('up to fifteen a second all are shown; above it a calm sample of twenty a second, and it is told', () => {
  const ring = createRing(() => Date.now());
  for (let seq = 1; seq <= 30; seq += 1) {
    ring.offer({ comments: [say(seq)], rate: 10, total: seq });
    vi.advanceTimersByTime(100);
  }
  const quiet = { shown: seqs(ring).length, isCalm: ring.view().isCalm };

  for (let tick = 0; tick < 50; tick += 1) {
    ring.offer({ comments: many(1000 + tick * 100, 1099 + tick * 100), rate: 1000, total: 5000 + tick * 100 });
    vi.advanceTimersByTime(100);
  }
  const loud = ring.view();

  expect(quiet).toEqual({ shown: 30, isCalm: false });
  expect(loud.isCalm).toBe(true);
  expect(loud.total).toBe(9900);
  expect(ring.view().rows).toHaveLength(60);
});

test('in a flood of 5,000 in five seconds about a hundred are let through, evenly', () => {
  const ring = createRing(() => Date.now());
  const shown = new Set<number>();
  ring.follow(() => ring.view().rows.forEach(({ seq }) => shown.add(seq as number)));

  for (let tick = 0; tick < 50; tick += 1) {
    ring.offer({ comments: many(tick * 100 + 1, tick * 100 + 100), rate: 1000 });
    vi.advanceTimersByTime(100);
  }

  expect(shown.size).toBeGreaterThanOrEqual(90);
  expect(shown.size).toBeLessThanOrEqual(112);
});

test('the words of the teacher and one’s own are never left out of the sample', () => {
  const ring = createRing(() => Date.now());
  for (let tick = 0; tick < 20; tick += 1) {
    ring.offer({ comments: many(tick * 100 + 1, tick * 100 + 100), rate: 1000 });
    vi.advanceTimersByTime(100);
  }

  const teacher = say(3001, { author: { id: 't', name: 'Teacher', role: 'host' } });
  const own = say(3002, { author: { id: 'me', name: 'Me', role: 'learner' } });
  ring.offer({ comments: [...many(2900, 3000), teacher, own], rate: 1000 }, 'me');
  vi.advanceTimersByTime(600);

  expect(seqs(ring)).toEqual(expect.arrayContaining([3001, 3002]));
});

test('own words stand at once, and once only when they come round', () => {
  const ring = createRing(() => Date.now());
  ring.fill(many(1, 2));

  ring.echo(say(0, { id: 'mine', seq: null, clientId: 'mine', local: 'sending' }));
  const atOnce = ring.view().rows.at(-1)?.local;
  ring.offer({ comments: [say(3, { clientId: 'mine' }), say(4)] });
  ring.acknowledge('mine', 3, '2026-11-21T10:00:01Z');
  vi.advanceTimersByTime(600);

  expect(atOnce).toBe('sending');
  expect(seqs(ring)).toEqual([1, 2, 3, 4]);
});

test('an acknowledgement that comes before the words come round keeps their place', () => {
  const ring = createRing(() => Date.now());
  ring.echo(say(0, { id: 'mine', seq: null, clientId: 'mine', local: 'sending' }));

  ring.acknowledge('mine', 2, '2026-11-21T10:00:01Z');
  ring.offer({ comments: [say(1), say(2, { clientId: 'mine' }), say(3)] });
  vi.advanceTimersByTime(600);

  expect(seqs(ring)).toEqual([1, 2, 3]);
});

test('what is removed leaves its place without its words, even if it comes again', () => {
  const ring = createRing(() => Date.now());
  ring.fill(many(1, 3));

  ring.bury(2);
  ring.bury(5);
  ring.offer({ comments: [say(2), say(5)] });
  vi.advanceTimersByTime(600);

  expect(ring.view().rows.map(({ body, isGone }) => [body, isGone])).toEqual([
    ['words 1', false],
    ['', true],
    ['words 3', false],
    ['', true],
  ]);
});

test('while one reads older comments the new ones are counted', () => {
  const ring = createRing(() => Date.now());
  ring.fill(many(1, 60), 60);

  ring.away(true);
  ring.offer({ comments: many(61, 64), total: 356 });
  vi.advanceTimersByTime(600);
  const away = ring.view().fresh;
  ring.away(false);

  expect([away, ring.view().fresh]).toEqual([296, 0]);
});

test('the memory of a long class is bounded', () => {
  const ring = createRing(() => Date.now());

  for (let from = 1; from < 5000; from += 100) ring.fill(many(from, from + 99));
  ring.offer({ comments: [say(3)] });
  vi.advanceTimersByTime(600);

  expect(seqs(ring)[0]).toBe(4941);
});
