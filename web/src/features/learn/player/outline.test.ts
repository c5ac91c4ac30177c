import { describe, expect, test } from 'vitest';

import type { NodeProgress } from '@lib/api/progress';

import { isLocked, markOf, placesOf, resumeOf, titleOf } from './outline';

const node = (id: string, kind: NodeProgress['kind'], over: Partial<NodeProgress> = {}): NodeProgress => ({
  id, kind, block_kind: null, title: id.toUpperCase(), is_required: true, rule: 'none', completed: 0, required: 1, is_done: false, opens_at: null, due_at: null, children: [], ...over,
});

const COURSE = [
  node('s1', 'section', { children: [node('ss1', 'subsection', { children: [node('u1', 'unit', { is_done: true, completed: 1 }), node('u2', 'unit')] })] }),
  node('s2', 'section', {
    opens_at: '2026-12-01T00:00:00Z',
    children: [node('ss2', 'subsection', { opens_at: '2026-11-01T00:00:00Z', children: [node('u3', 'unit')] })],
  }),
];
const NOW = Date.parse('2026-11-21T00:00:00Z');

describe('the outline', () => {
  test('lists the units in the order of reading with the latest date on the way to them', () => {
    expect(placesOf(COURSE).map(({ unit, section, subsection, opensAt }) => [unit.id, section.id, subsection?.id, opensAt])).toEqual([
      ['u1', 's1', 'ss1', null],
      ['u2', 's1', 'ss1', null],
      ['u3', 's2', 'ss2', '2026-12-01T00:00:00Z'],
    ]);
  });

  test('goes on at the pointer, else at the first open unit that is not done', () => {
    const places = placesOf(COURSE);

    expect(resumeOf(places, 'u1', NOW)?.unit.id).toBe('u1');
    expect(resumeOf(places, null, NOW)?.unit.id).toBe('u2');
    expect(resumeOf(places, 'u3', NOW)?.unit.id).toBe('u2');
    expect(resumeOf([], null, NOW)).toBeUndefined();
  });

  test('marks a unit by what is done of it', () => {
    expect(markOf(node('u', 'unit', { is_done: true, completed: 2, required: 2 }), false)).toBe('done');
    expect(markOf(node('u', 'unit', { completed: 1, required: 2 }), false)).toBe('started');
    expect(markOf(node('u', 'unit'), false)).toBe('todo');
    expect(markOf(node('u', 'unit', { required: 0 }), false)).toBe('free');
    expect(markOf(node('u', 'unit', { is_done: true, completed: 1 }), true)).toBe('locked');
  });

  test('is locked before its date and not at it', () => {
    expect([isLocked(null, NOW), isLocked('2026-11-21T00:00:01Z', NOW), isLocked('2026-11-21T00:00:00Z', NOW)]).toEqual([false, true, false]);
  });

  test('names any part by its id', () => {
    expect([titleOf(COURSE, 'u3'), titleOf(COURSE, 'ss1'), titleOf(COURSE, 'nowhere')]).toEqual(['U3', 'SS1', undefined]);
  });
});
