import { expect, test } from 'vitest';

import { fromField, toField } from '@lib/moments';

test.each([
  ['2026-01-15T10:00:00.000Z', 'Europe/Athens', '2026-01-15T12:00'],
  ['2026-07-15T10:00:00.000Z', 'Europe/Athens', '2026-07-15T13:00'],
  ['2026-03-29T00:30:00.000Z', 'Europe/Athens', '2026-03-29T02:30'],
  ['2026-11-21T21:00:00.000Z', 'Asia/Kathmandu', '2026-11-22T02:45'],
  ['2026-11-21T03:00:00.000Z', 'America/New_York', '2026-11-20T22:00'],
])('%s in %s is %s in a field, and back', (moment, zone, field) => {
  expect(toField(moment, zone)).toBe(field);
  expect(fromField(field, zone)).toBe(moment);
});

test('an empty field means no date', () => {
  expect(fromField('', 'UTC')).toBeNull();
  expect(toField(null, 'UTC')).toBe('');
});
