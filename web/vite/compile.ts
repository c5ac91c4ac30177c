import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';

import type { Node } from '../src/lib/icu.ts';

const PERCENT = { style: 'percent' } as const;

function numberOptions(style: unknown): Intl.NumberFormatOptions | null {
  if (style === 'percent') return PERCENT;
  if (style === 'integer') return { maximumFractionDigits: 0 };
  if (typeof style === 'object' && style !== null && 'parsedOptions' in style) return style.parsedOptions as Intl.NumberFormatOptions;
  if (style) throw new Error(`number style ${String(style)} is not one of ours`);
  return null;
}

function dateOptions(style: unknown, key: 'dateStyle' | 'timeStyle'): Intl.DateTimeFormatOptions {
  if (typeof style === 'object' && style !== null && 'parsedOptions' in style) return style.parsedOptions as Intl.DateTimeFormatOptions;
  return { [key]: style ?? (key === 'dateStyle' ? 'medium' : 'short') };
}

function compact(element: MessageFormatElement): Node {
  const options = (choices: Record<string, { value: MessageFormatElement[] }>) =>
    Object.fromEntries(Object.entries(choices).map(([name, choice]) => [name, choice.value.map(compact)]));
  switch (element.type) {
    case TYPE.literal:
      return element.value;
    case TYPE.argument:
      return ['v', element.value];
    case TYPE.number:
      return ['n', element.value, numberOptions(element.style)];
    case TYPE.date:
      return ['d', element.value, dateOptions(element.style, 'dateStyle')];
    case TYPE.time:
      return ['d', element.value, dateOptions(element.style, 'timeStyle')];
    case TYPE.select:
      return ['s', element.value, options(element.options)];
    case TYPE.plural:
      return ['p', element.value, options(element.options), element.offset ?? 0, element.pluralType ?? 'cardinal'];
    case TYPE.pound:
      return ['#'];
    case TYPE.tag:
      return ['t', element.value, element.children.map(compact)];
    default:
      throw new Error('an element of a later ICU than ours');
  }
}

/** Compile one ICU message: a plain text stays a string, the rest becomes a small tree for lib/icu.ts. */
export function compile(text: string): string | Node[] {
  const nodes = parse(text).map(compact);
  return nodes.length === 1 && typeof nodes[0] === 'string' ? nodes[0] : nodes;
}
