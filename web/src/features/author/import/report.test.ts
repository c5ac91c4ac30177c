import { expect, test } from 'vitest';

import type { ReportItem } from '@lib/api/courses';

import { adviceOf } from './advice';
import { atFirst, matching } from './filter';

const item = (more: Partial<ReportItem>): ReportItem => ({ path: 'p.xml', kind: 'html', outcome: 'imported', reason: '', title: '', unit: '', node: null, ...more });
const SKIPPED = item({ kind: 'problem', outcome: 'skipped', reason: 'unsupported: python (<script>)', title: 'A fair die', unit: 'Chance' });
const LOST = item({ kind: 'video', outcome: 'converted_with_loss', reason: 'caption en (english) is not in the package' });
const UNUSED = item({ kind: 'file', outcome: 'skipped', reason: 'orphan' });

test('a report opens with what deserves a look, what was left out first, without files that nothing uses', () => {
  const items = [item({}), LOST, UNUSED, SKIPPED];

  expect(atFirst(items)).toBe('look');
  expect(matching(items, 'look', '')).toEqual([SKIPPED, LOST]);
  expect(atFirst([item({}), UNUSED])).toBe('all');
});

test('a part is found by its title and its unit', () => {
  expect(matching([LOST, SKIPPED], 'all', 'chance DIE')).toEqual([SKIPPED]);
});

test.each([
  [SKIPPED, 'program'],
  [LOST, 'missing'],
  [UNUSED, 'unused'],
  [item({ kind: 'problem', outcome: 'skipped', reason: 'unsupported: choices that hold text inputs' }), 'form'],
  [item({ kind: 'lti', outcome: 'skipped', reason: 'LTI tools come with the integrations service' }), 'later'],
  [item({ kind: 'problem', outcome: 'skipped', reason: '<stringresponse> has no answer' }), 'unread'],
  [item({ outcome: 'converted_with_loss', reason: 'annotations are shown as notes below the text' }), undefined],
])('the reason “$0.reason” is said in plain words where there are any', (one, advice) => {
  expect(adviceOf(one)).toBe(advice);
});
