import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const features = join(import.meta.dirname, '../features');

/** The classes that begin a selector of a sheet: what it styles, rather than where. */
function classesOf(sheet: string): string[] {
  const selectors = [...sheet.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/(?:^|[{}])\s*([^{}@;]+)(?=\{)/g)].flatMap(([, list = '']) => list.split(','));
  return selectors.flatMap((selector) => /^\s*\.([a-z][\w-]*)(?=\s*$|[:[])/.exec(selector)?.[1] ?? []);
}

test('a class is styled by one feature only, because all sheets are on every page', () => {
  const owners = new Map<string, Set<string>>();
  for (const name of readdirSync(features)) {
    for (const file of readdirSync(join(features, name), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.css')) continue;
      for (const each of classesOf(readFileSync(join(features, name, file), 'utf8'))) owners.set(each, (owners.get(each) ?? new Set()).add(name));
    }
  }

  const shared = [...owners].filter(([, names]) => names.size > 1).map(([each, names]) => `.${each}: ${[...names].join(', ')}`);

  expect(owners.size).toBeGreaterThan(50);
  expect(shared).toEqual([]);
});
