import type { PartView } from './response';

/** Where each part's input goes: the element `data-part="ID"` of the body, or nowhere, and then under the body. */
export type Slots = { placed: Map<string, Element>; rest: PartView[] };

export function findSlots(body: Element, parts: PartView[]): Slots {
  const elements = new Map<string, Element>();
  for (const element of body.querySelectorAll('[data-part]')) {
    const id = element.getAttribute('data-part') ?? '';
    if (!elements.has(id)) elements.set(id, element);
  }
  const placed = new Map(parts.flatMap((part) => {
    const element = elements.get(part.id);
    return element ? [[part.id, element] as const] : [];
  }));
  return { placed, rest: parts.filter((part) => !placed.has(part.id)) };
}
