import { expect, test } from 'vitest';

import { categoryName } from './categoryName';

test.each([
  ['study-skills', 'Study skills'],
  ['data_science', 'Data science'],
  ['Écologie', 'Écologie'],
  ['فنون', 'فنون'],
])('the category %s is called %s', (category, name) => {
  expect(categoryName(category)).toBe(name);
});
