import { expect, test } from 'vitest';

import type { PartView } from './response';
import { findSlots } from './slots';

const part = (id: string): PartView => ({ kind: 'short_text', id, label: '', description: '', points: '1', inline: false, size: 0, trailing_text: '' });

function body(html: string): HTMLElement {
  const element = document.createElement('div');
  element.innerHTML = html;
  return element;
}

test('each part goes into its slot, however deep it lies', () => {
  const { placed, rest } = findSlots(body('<p>The <span data-part="b"></span></p><table><tr><td><div data-part="a"></div></td></tr></table>'), [part('a'), part('b')]);

  expect([...placed].map(([id, element]) => [id, element.tagName])).toEqual([['a', 'DIV'], ['b', 'SPAN']]);
  expect(rest).toEqual([]);
});

test('a part without a slot comes under the body, in order', () => {
  const { placed, rest } = findSlots(body('<div data-part="b"></div>'), [part('a'), part('b'), part('c')]);

  expect([...placed.keys()]).toEqual(['b']);
  expect(rest.map((each) => each.id)).toEqual(['a', 'c']);
});

test('a slot that is there twice is used once, and one of no part not at all', () => {
  const root = body('<i data-part="a"></i><b data-part="a"></b><u data-part="ghost"></u>');

  const { placed } = findSlots(root, [part('a')]);

  expect([...placed.values()]).toEqual([root.querySelector('i')]);
});
