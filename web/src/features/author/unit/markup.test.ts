import { expect, test } from 'vitest';

import { fromEditor, KEPT, toEditor, wordsOf } from './markup';

const parse = (html: string): Element => {
  const root = document.createElement('div');
  root.innerHTML = html;
  return root;
};

/** Through the door and back without an editor in between. */
const around = (html: string, urls: Record<string, string> = {}): { held: Element; back: string } => {
  const root = parse(html);
  toEditor(root, urls);
  const held = root.cloneNode(true) as Element;
  return { held, back: fromEditor(root, parse) };
};

test.each([
  '<p>Plain <strong>words</strong> and a <a href="block:123">link</a>.</p>',
  '<h3>Title</h3><ul><li>one</li><li>two</li></ul>',
  '<table><tbody><tr><td colspan="2">cell</td></tr></tbody></table>',
  '<p class="lead">Styled</p>',
  '<p>Inline <span lang="fr">mot</span> and H<sub>2</sub>O</p>',
  '<p><img src="asset:moon.png" alt="The moon" width="640" height="360"></p>',
  '<figure><img src="asset:moon.png" alt="The moon"><figcaption>Moon</figcaption></figure>',
])('%s comes back as it went', (html) => {
  expect(around(html).back).toBe(html);
});

test('what the editor cannot hold is sealed, the rest stays editable', () => {
  const { held } = around('<p>before</p><table><tbody><tr><td>cell</td></tr></tbody></table><p>x <sup>2</sup></p>');

  expect([...held.querySelectorAll(`[${KEPT}]`)].map((box) => box.localName)).toEqual(['div', 'span']);
  expect(held.querySelector('p')?.textContent).toBe('before');
});

test('a picture is shown by its address and stored by its name', () => {
  const { held, back } = around('<p><img src="asset:moon.png" alt="Moon"></p>', { 'asset:moon.png': '/media/o/abc/moon.png' });

  expect(held.querySelector('img')?.getAttribute('src')).toBe('/media/o/abc/moon.png');
  expect(back).toBe('<p><img src="asset:moon.png" alt="Moon"></p>');
});

test('a wrapper that says nothing is left out, one that says something is kept whole', () => {
  expect(around('<div><p>a</p></div>').back).toBe('<p>a</p>');
  expect(around('<div class="box"><p>a</p></div>').back).toBe('<div class="box"><p>a</p></div>');
});

test('words are compared without their spaces', () => {
  expect(wordsOf(parse('<p>a\n  b</p> <p>c</p>'))).toBe('abc');
});
