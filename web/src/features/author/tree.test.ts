import { describe, expect, test } from 'vitest';

import type { BlockKind, DraftOutlineNode, NodeKind } from '@lib/api/courses';

import { applyMove, find, fits, flatten, isAt, pathTo, placeOf, stepOf } from './tree';

const node = (id: string, kind: NodeKind, children: DraftOutlineNode[] = [], block_kind: BlockKind | null = kind === 'block' ? 'html' : null): DraftOutlineNode => ({
  id,
  kind,
  block_kind,
  title: id,
  settings: {} as DraftOutlineNode['settings'],
  version: 1,
  children,
});
const block = (id: string): DraftOutlineNode => node(id, 'block');

const course = (): DraftOutlineNode[] => [
  node('s1', 'section', [
    node('ss1', 'subsection', [node('u1', 'unit', [block('a'), block('b'), node('pool', 'block', [block('p')], 'randomized')]), node('u2', 'unit', [block('c')])]),
    node('ss2', 'subsection', []),
  ]),
  node('s2', 'section', [node('ss3', 'subsection', [node('u3', 'unit', [])])]),
];
const order = (sections: DraftOutlineNode[]): string => flatten(sections).map((each) => each.id).join(' ');

describe('a node in the outline', () => {
  test.each([
    ['section', null, true],
    ['section', 's1', false],
    ['subsection', 's1', true],
    ['subsection', null, false],
    ['unit', 'ss1', true],
    ['unit', 's1', false],
    ['block', 'u1', true],
    ['block', 'pool', true],
    ['block', 'a', false],
    ['block', 'ss1', false],
  ] as const)('of kind %s stands in %s: %s', (kind, parent, expected) => {
    expect(fits(kind, parent ? (find(course(), parent)?.node ?? null) : null)).toBe(expected);
  });

  test('knows all that is above it', () => {
    expect(pathTo(course(), 'p').map((each) => each.id)).toEqual(['s1', 'ss1', 'u1', 'pool', 'p']);
  });
});

describe('a drop', () => {
  test.each([
    ['a', { type: 'item', key: 'b', dropPosition: 'after' }, { parent: 'u1', position: 1 }],
    ['b', { type: 'item', key: 'a', dropPosition: 'before' }, { parent: 'u1', position: 0 }],
    ['a', { type: 'item', key: 'c', dropPosition: 'after' }, { parent: 'u2', position: 1 }],
    ['a', { type: 'item', key: 'u3', dropPosition: 'on' }, { parent: 'u3', position: 0 }],
    ['a', { type: 'item', key: 'u1', dropPosition: 'on' }, { parent: 'u1', position: 2 }],
    ['u1', { type: 'item', key: 'ss3', dropPosition: 'on' }, { parent: 'ss3', position: 1 }],
    ['s1', { type: 'root' }, { parent: null, position: 1 }],
    ['s1', { type: 'item', key: 's2', dropPosition: 'after' }, { parent: null, position: 1 }],
  ] as const)('of %s at %o means %o', (moving, target, expected) => {
    expect(placeOf(course(), moving, target)).toEqual(expected);
  });

  test.each([
    ['a', { type: 'root' }],
    ['a', { type: 'item', key: 's1', dropPosition: 'on' }],
    ['u1', { type: 'item', key: 'a', dropPosition: 'before' }],
    ['pool', { type: 'item', key: 'p', dropPosition: 'before' }],
    ['pool', { type: 'item', key: 'pool', dropPosition: 'on' }],
    ['ss1', { type: 'item', key: 's2', dropPosition: 'after' }],
  ] as const)('of %s at %o is refused', (moving, target) => {
    expect(placeOf(course(), moving, target)).toBeUndefined();
  });

  test('puts the node where its place says, with all below it', () => {
    const sections = course();

    applyMove(sections, 'u1', { parent: 'ss3', position: 0 });

    expect(order(sections)).toBe('s1 ss1 u2 c ss2 s2 ss3 u1 a b pool p u3');
    expect(isAt(sections, 'u1', { parent: 'ss3', position: 0 })).toBe(true);
  });
});

describe('a step', () => {
  test.each([
    ['a', 1, { parent: 'u1', position: 1 }],
    ['b', -1, { parent: 'u1', position: 0 }],
    ['c', 1, { parent: 'u3', position: 0 }],
    ['c', -1, { parent: 'u1', position: 3 }],
    ['ss2', 1, { parent: 's2', position: 0 }],
    ['a', -1, undefined],
    ['s2', 1, undefined],
  ] as const)('of %s by %i leads to %o', (id, step, expected) => {
    expect(stepOf(course(), id, step)).toEqual(expected);
  });
});
