import { describe, expect, test } from 'vitest';

import { readFormula, type Tree } from './formula';

function spell(tree: Tree): string {
  switch (tree.kind) {
    case 'number':
    case 'name':
      return tree.text;
    case 'call':
      return `${tree.name}(${tree.args.map(spell).join(',')})`;
    case 'minus':
      return `neg(${spell(tree.of)})`;
    case 'factorial':
      return `fact(${spell(tree.of)})`;
    case 'group':
      return `[${spell(tree.of)}]`;
    case 'row':
      return `(${spell(tree.left)} ${tree.operator} ${spell(tree.right)})`;
    default:
      return `${tree.kind}(${spell(tree.left)},${spell(tree.right)})`;
  }
}

const read = (source: string): string => {
  const reading = readFormula(source);
  return 'tree' in reading ? spell(reading.tree) : `stops at ${reading.at}`;
};

describe('a formula', () => {
  test.each([
    ['1+2*3', '(1 + (2 · 3))'],
    ['a/b/c', 'fraction(fraction(a,b),c)'],
    ['2^3^2', 'power(2,power(3,2))'],
    ['-x^2', 'neg(power(x,2))'],
    ['2^-1', 'power(2,neg(1))'],
    ['(a+b)/2', 'fraction((a + b),2)'],
    ['sqrt(x_1) * sin(2*pi)', '(sqrt(x_1) · sin((2 · pi)))'],
    ['n!', 'fact(n)'],
    ['1.5e-3 * R**2', '(1.5e-3 · power(R,2))'],
  ])('%s is read by the usual precedence', (source, expected) => {
    expect(read(source)).toBe(expected);
  });

  test.each([
    ['1+', 2],
    ['(1+2', 4],
    ['2x', 1],
    ['1 $ 2', 1],
    ['', 0],
  ])('%s stops where it cannot be read', (source, at) => {
    expect(readFormula(source)).toEqual({ at });
  });
});
