import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { fileOf, PARTS } from './dataParts';

test('every account of oneself that a service gives is in the download', () => {
  const description = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../docs/reference/openapi.json'), 'utf8')) as { paths: Record<string, Record<string, unknown>> };
  const offered = Object.entries(description.paths).flatMap(([path, item]) => (path.endsWith('/export') && 'get' in item && !path.includes('{') ? [path.replace('/api/v1', '')] : []));
  const asked = PARTS.map(({ url }) => url as string);

  expect(offered.length).toBeGreaterThan(3);
  expect(offered.filter((path) => !asked.includes(path))).toEqual([]);
  expect(asked.filter((url) => !('get' in (description.paths[`/api/v1${url}`] ?? {})))).toEqual([]);
});

test('the file says when it was made and holds each part under its name', async () => {
  const file = fileOf({ account: { name: 'Ada' }, live: null }, new Date('2026-11-21T10:00:00Z'));

  expect(JSON.parse(await file.text())).toEqual({ made_at: '2026-11-21T10:00:00.000Z', account: { name: 'Ada' }, live: null });
});
