import { expect, test } from 'vitest';

import { placesOf } from './places';

const refusal = (used_by: unknown) => ({ status: 409, code: 'media.asset_in_use', title: 'The file is used', fields: { used_by } });

test('blocks come by their titles, courses by theirs', () => {
  expect(placesOf(refusal(['Ropes', 'Knots']))).toEqual(['Ropes', 'Knots']);
  expect(placesOf(refusal([{ course_id: 'c1', title: 'The sea', place: 'published' }]))).toEqual(['The sea']);
});

test('any other refusal names no place', () => {
  expect(placesOf({ status: 403, code: 'stoa.forbidden', title: 'No', fields: {} })).toEqual([]);
  expect(placesOf(undefined)).toEqual([]);
});
