/** How an expression is read: a tree for the preview. The server alone decides what it is worth. */
export type Tree =
  | { kind: 'number' | 'name'; text: string }
  | { kind: 'call'; name: string; args: Tree[] }
  | { kind: 'minus'; of: Tree }
  | { kind: 'factorial'; of: Tree }
  | { kind: 'row'; operator: string; left: Tree; right: Tree }
  | { kind: 'fraction' | 'power'; left: Tree; right: Tree }
  | { kind: 'group'; of: Tree };

export type Reading = { tree: Tree } | { at: number };

const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*'*)|(\*\*|\|\||[-+*/^(),!·×÷−%]))/uy;

type Token = { kind: 'number' | 'name' | 'sign'; text: string; at: number };

function tokens(source: string): Token[] | number {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    if (source.slice(at).trim() === '') break;
    const match = TOKEN.exec(source);
    if (!match) return at;
    const [, number, name, sign] = match;
    if (number !== undefined) found.push({ kind: 'number', text: number, at });
    else if (name !== undefined) found.push({ kind: 'name', text: name, at });
    else found.push({ kind: 'sign', text: NORMAL[sign as string] ?? (sign as string), at });
  }
  return found;
}

const NORMAL: Record<string, string> = { '**': '^', '·': '*', '×': '*', '÷': '/', '−': '-' };

class Unreadable extends Error {
  constructor(readonly at: number) {
    super('unreadable');
  }
}

/** Read an expression by the usual precedence (! then ^ from the right, then * and /, then + and -). */
export function readFormula(source: string): Reading {
  const list = tokens(source);
  if (typeof list === 'number') return { at: list };
  let next = 0;
  const sign = (...texts: string[]): string | undefined => {
    const token = list[next];
    if (token?.kind !== 'sign' || !texts.includes(token.text)) return undefined;
    next += 1;
    return token.text;
  };
  const fail = (): never => {
    throw new Unreadable(list[next]?.at ?? source.length);
  };
  const sum = (): Tree => {
    let left = product();
    for (let operator = sign('+', '-'); operator; operator = sign('+', '-')) left = { kind: 'row', operator, left, right: product() };
    return left;
  };
  const product = (): Tree => {
    let left = signed();
    for (let operator = sign('*', '/', '||'); operator; operator = sign('*', '/', '||')) {
      const right = signed();
      left = operator === '/' ? { kind: 'fraction', left: bare(left), right: bare(right) } : { kind: 'row', operator: operator === '*' ? '·' : '∥', left, right };
    }
    return left;
  };
  const signed = (): Tree => {
    if (sign('-')) return { kind: 'minus', of: signed() };
    if (sign('+')) return signed();
    return power();
  };
  const power = (): Tree => {
    const base = postfix();
    return sign('^') ? { kind: 'power', left: base, right: bare(signed()) } : base;
  };
  const postfix = (): Tree => {
    let tree = atom();
    for (let mark = sign('!', '%'); mark; mark = sign('!', '%')) tree = mark === '!' ? { kind: 'factorial', of: tree } : { kind: 'row', operator: '·', left: tree, right: { kind: 'number', text: '0.01' } };
    return tree;
  };
  const atom = (): Tree => {
    const token = list[next] ?? fail();
    if (token.kind === 'number') {
      next += 1;
      return { kind: 'number', text: token.text };
    }
    if (token.kind === 'name') {
      next += 1;
      if (!sign('(')) return { kind: 'name', text: token.text };
      const args = [sum()];
      while (sign(',')) args.push(sum());
      if (!sign(')')) fail();
      return { kind: 'call', name: token.text, args };
    }
    if (sign('(')) {
      const of = sum();
      if (!sign(')')) fail();
      return { kind: 'group', of };
    }
    return fail();
  };
  try {
    const tree = sum();
    return next < list.length ? fail() : { tree };
  } catch (error) {
    if (error instanceof Unreadable) return { at: error.at };
    throw error;
  }
}

/** Fractions and exponents need no brackets of their own. */
const bare = (tree: Tree): Tree => (tree.kind === 'group' ? tree.of : tree);
