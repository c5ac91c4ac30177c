import { expect, test } from 'vitest';

import { lackingOf } from './lacking';

test('a file is named by its name, a page by its host, and a program by where it was to come from', () => {
  const told = { framed: ['https://content.example/a/Notes%201.pdf', 'https://films.example/embed?x=1'], missing: ['https://cdn.example/jquery.js', 'https://cdn.example/more.js'] };

  expect(lackingOf(told)).toEqual({
    framed: [
      { href: 'https://content.example/a/Notes%201.pdf', name: 'Notes 1.pdf' },
      { href: 'https://films.example/embed?x=1', name: 'films.example' },
    ],
    missing: ['cdn.example'],
  });
});

test.each([[undefined], ['https://one.example'], [['javascript:alert(1)', 'data:text/html,x', 'no address', 7, {}, `https://long.example/${'x'.repeat(2000)}`]]])('%j leads nowhere', (framed) => {
  expect(lackingOf({ framed }).framed).toEqual([]);
});

test('of many only a few are shown, each once', () => {
  const framed = Array.from({ length: 9 }, (_, number) => `https://h${number % 5}.example/`);

  expect(lackingOf({ framed }).framed).toHaveLength(4);
});
