import { describe, expect, test } from 'vitest';

import { formats, isZone } from '@lib/format';

const en = formats('en', 'Europe/Athens');
const plain = (text: string): string => text.replace(/\s/gu, ' ');

describe('figures', () => {
  test('a course is never called done before its end', () => {
    expect([en.percent(0.996), en.percent(1), en.percent(0)]).toEqual(['99%', '100%', '0%']);
  });

  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_500_000, '1.5 MB'],
    [2_147_483_648, '2.1 GB'],
  ])('%d bytes read as %s', (size, text) => {
    expect(en.bytes(size)).toBe(text);
  });

  test.each([
    [0, '0:00'],
    [192.7, '3:12'],
    [3_725, '1:02:05'],
  ])('%d seconds stand on the clock as %s', (seconds, text) => {
    expect(en.clock(seconds)).toBe(text);
  });

  test('times are told in the zone the reader chose', () => {
    expect(plain(en.dateTime('2026-11-21T10:42:00Z'))).toBe('Nov 21, 2026, 12:42 PM');
    expect(plain(formats('en', 'UTC').time('2026-11-21T10:42:00Z'))).toBe('10:42 AM');
  });

  test('how long ago is told in the largest unit that fits', () => {
    const now = Date.parse('2026-11-21T10:42:00Z');

    expect([en.relative(now - 130_000, now), en.relative(now - 26 * 3_600_000, now), en.relative(now + 3 * 86_400_000, now)]).toEqual(['2 minutes ago', 'yesterday', 'in 3 days']);
  });
});

test('a time zone is one the browser knows', () => {
  expect([isZone('Asia/Kolkata'), isZone('Mars/Olympus')]).toEqual([true, false]);
});
