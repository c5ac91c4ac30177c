/** Renders what vite/compile.ts made of an ICU message. The usual library costs 6 KB of the shell's budget; this is held to its answers by a test. */
export type Node =
  | string
  | ['v', string]
  | ['n', string, Intl.NumberFormatOptions | null]
  | ['d', string, Intl.DateTimeFormatOptions]
  | ['s', string, Record<string, Node[]>]
  | ['p', string, Record<string, Node[]>, number, Intl.PluralRuleType]
  | ['#']
  | ['t', string, Node[]];

export type Message = string | Node[];
export type Tag<Part> = (parts: Part[]) => Part;

type Context<Part> = { locale: string; timeZone?: string | undefined; values: Record<string, Part | Tag<Part>>; count?: number };

const kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules>();

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules>(key: string, make: () => T): T {
  let formatter = kept.get(key) as T | undefined;
  if (!formatter) kept.set(key, (formatter = make()));
  return formatter;
}

const numberText = (locale: string, options: Intl.NumberFormatOptions | null, value: number): string =>
  once(`n${locale}${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options ?? {})).format(value);

/** The parts of a message: texts, values as they were given, and what its tags made of theirs. */
export function render<Part>(nodes: Node[], context: Context<Part>): (Part | string)[] {
  return nodes.flatMap((node) => (typeof node === 'string' ? [node] : one(node, context)));
}

function one<Part>(node: Exclude<Node, string>, context: Context<Part>): (Part | string)[] {
  const { locale, timeZone, values, count = 0 } = context;
  if (node[0] === '#') return [numberText(locale, null, count)];
  const value = values[node[1]];
  switch (node[0]) {
    case 'v':
      return [typeof value === 'number' ? numberText(locale, null, value) : (value as Part)];
    case 'n':
      return [numberText(locale, node[2], Number(value))];
    case 'd': {
      const options = { timeZone, ...node[2] };
      return [once(`d${locale}${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options)).format(new Date(value as unknown as string))];
    }
    case 's':
      return render(node[2][String(value)] ?? node[2].other ?? [], context);
    case 'p': {
      const [, , options, offset, type] = node;
      const left = Number(value) - offset;
      const rules = once(`p${locale}${type}`, () => new Intl.PluralRules(locale, { type }));
      return render(options[`=${Number(value)}`] ?? options[rules.select(left)] ?? options.other ?? [], { ...context, count: left });
    }
    case 't': {
      const parts = render(node[2], context);
      return typeof value === 'function' ? [(value as Tag<Part>)(parts as Part[])] : parts;
    }
  }
}
