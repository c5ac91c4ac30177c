/** Course HTML and the visual editor: what the editor cannot hold is carried through it untouched. */

const ALLOWED: Record<string, string[]> = {
  p: [], h1: [], h2: [], h3: [], h4: [], h5: [], h6: [], ul: [], ol: ['start'], li: [], blockquote: [], pre: [], hr: [], br: [],
  strong: [], b: [], em: [], i: [], u: [], s: [], code: [],
  a: ['href'],
  img: ['src', 'alt', 'width', 'height'],
}; // prettier-ignore
const BLOCKS = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'hr', 'div', 'section', 'article', 'aside', 'figure', 'table', 'dl', 'details', 'iframe', 'video', 'audio', 'header', 'footer', 'center', 'form']);
/** Wrappers that say nothing: their content stands for itself. */
const PLAIN = new Set(['div', 'span', 'section', 'article']);

export const KEPT = 'data-kept';

export type Urls = Record<string, string>;

const isElement = (node: Node): node is Element => node.nodeType === 1;
const nameOf = (element: Element): string => element.localName.toLowerCase();
const isBlock = (element: Element): boolean => BLOCKS.has(nameOf(element)) || [...element.children].some(isBlock);

/** Make a parsed fragment fit for the editor, in place: pictures get addresses, foreign elements become sealed boxes. */
export function toEditor(root: Element, urls: Urls): void {
  for (const child of Array.from(root.childNodes)) {
    if (child.nodeType === 8) child.remove();
    if (!isElement(child)) continue;
    const name = nameOf(child);
    if (PLAIN.has(name) && child.attributes.length === 0) {
      toEditor(child, urls);
      child.replaceWith(...child.childNodes);
    } else if (isHeld(child)) {
      if (name === 'img') show(child, urls);
      toEditor(child, urls);
    } else {
      child.replaceWith(seal(child));
    }
  }
}

function isHeld(element: Element): boolean {
  const allowed = ALLOWED[nameOf(element)];
  if (!allowed || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') return false;
  if (![...element.attributes].every(({ name }) => allowed.includes(name))) return false;
  // Inside running text only inline elements can stand; a paragraph with a table in it is sealed as a whole.
  return !/^(p|h[1-6]|a|strong|b|em|i|u|s|code)$/.test(nameOf(element)) || ![...element.children].some(isBlock);
}

function show(picture: Element, urls: Urls): void {
  const source = picture.getAttribute('src') ?? '';
  const address = urls[source];
  if (!address) return;
  picture.setAttribute('data-source', source);
  picture.setAttribute('src', address);
}

function seal(element: Element): Element {
  const box = element.ownerDocument.createElement(isBlock(element) ? 'div' : 'span');
  box.setAttribute(KEPT, element.outerHTML);
  return box;
}

/** The editor's fragment as the course stores it: boxes opened, addresses turned back into names. */
export function fromEditor(root: Element, parse: (html: string) => Element): string {
  for (const box of root.querySelectorAll(`[${KEPT}]`)) box.replaceWith(...parse(box.getAttribute(KEPT) ?? '').childNodes);
  for (const picture of root.querySelectorAll('img[data-source]')) {
    picture.setAttribute('src', picture.getAttribute('data-source') ?? '');
    picture.removeAttribute('data-source');
  }
  for (const link of root.querySelectorAll('a')) for (const name of ['target', 'rel', 'class']) link.removeAttribute(name);
  // The editor puts a paragraph into every list item; a single one is left out again.
  for (const item of root.querySelectorAll('li')) {
    const [only] = item.children;
    if (item.children.length === 1 && only && nameOf(only) === 'p' && item.childNodes.length === 1) only.replaceWith(...only.childNodes);
  }
  return root.innerHTML;
}

/** The words of a fragment without their spaces: what must be the same before and after. */
export function wordsOf(root: Element): string {
  return (root.textContent ?? '').replace(/\s+/g, '');
}
