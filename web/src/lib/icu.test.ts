import { parse } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';

import { render, type Node } from '@lib/icu';
import { compile } from '../../vite/compile';

const MESSAGES: [string, Record<string, unknown>[]][] = [
  ['Plain words', [{}]],
  ["It''s {name}''s turn, '{'not an argument'}'", [{ name: 'Ada' }]],
  ['{count, plural, =0 {none} one {# lesson} other {# lessons}}', [0, 1, 2, 1234, 1.5].map((count) => ({ count }))],
  ['{count, plural, zero {لا شيء} one {درس} two {درسان} few {# دروس} many {# درسًا} other {# درس}}', [0, 1, 2, 5, 11, 100].map((count) => ({ count }))],
  ['{rank, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}', [1, 2, 3, 4, 21, 112].map((rank) => ({ rank }))],
  ['{n, plural, offset:1 =0 {nobody} =1 {{who}} one {{who} and # other} other {{who} and # others}}', [0, 1, 2, 7].map((n) => ({ n, who: 'Bo' }))],
  ['{share, number, percent} of {total, number}', [{ share: 0.385, total: 12_345.678 }]],
  ['{price, number, ::currency/EUR}', [{ price: 1234.5 }]],
  ['{kind, select, video {Watch {title}} problem {Answer {title}} other {{title}}}', ['video', 'problem', 'html'].map((kind) => ({ kind, title: 'LU' }))],
  ['on {at, date, ::yMMMMd}', [{ at: new Date('2026-11-21T10:42:00Z') }]],
];

const ours = (text: string, locale: string, values: Record<string, unknown>): string => {
  const message = compile(text);
  return typeof message === 'string' ? message : render(message, { locale, timeZone: 'UTC', values: values as Record<string, string> }).join('');
};

describe.each(['en', 'ar'])('messages in %s', (locale) => {
  test.each(MESSAGES)('%s reads as the reference library reads it', (text, cases) => {
    for (const values of cases) {
      const reference = new IntlMessageFormat(parse(text), locale);

      expect(ours(text, locale, values)).toBe(String(reference.format(values as Record<string, string>)));
    }
  });
});

test('a tag is what its function makes of its parts', () => {
  const nodes = compile('By going on you accept the <link>terms of {org}</link>.') as Node[];

  const parts = render<unknown>(nodes, { locale: 'en', values: { org: 'Stoa', link: (inside: unknown[]) => ({ link: inside.join('') }) } });

  expect(parts).toEqual(['By going on you accept the ', { link: 'terms of Stoa' }, '.']);
});

test('a message that is not ICU does not compile', () => {
  expect(() => compile('{count, plural, one {#}')).toThrow();
});
