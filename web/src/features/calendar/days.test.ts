import { describe, expect, it } from 'vitest';

import type { CalendarItem } from '@lib/api/calendar';

import { aDate, byDay, laterBy, windowOf } from './days';

const at = (starts_at: string): CalendarItem => ({ starts_at, title: starts_at }) as CalendarItem;

describe('the days of a calendar', () => {
  it('are those of the reader’s zone', () => {
    const items = [at('2026-03-01T21:30:00Z'), at('2026-03-01T22:30:00Z'), at('2026-03-02T08:00:00Z')];

    const days = byDay(items, '2026-03-01', 'Europe/Athens');

    expect(days.map((day) => [day.date, day.items.length])).toEqual([
      ['2026-03-01', 1],
      ['2026-03-02', 2],
    ]);
  });

  it('begin with what is still on', () => {
    expect(byDay([at('2026-02-27T10:00:00Z')], '2026-03-01', 'UTC')[0]?.date).toBe('2026-03-01');
  });

  it('are whole when clocks change', () => {
    expect(windowOf('2026-03-20', 'Europe/Athens')).toEqual({ since: '2026-03-19T22:00:00.000Z', until: '2026-04-16T21:00:00.000Z' });
    expect(laterBy('2026-03-20', 28)).toBe('2026-04-17');
  });

  it('are taken from an address only if they are some', () => {
    expect(['2026-03-01', '2026-13-01', 'yesterday', undefined].map(aDate)).toEqual(['2026-03-01', undefined, undefined, undefined]);
  });
});
