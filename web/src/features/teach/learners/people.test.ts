import { expect, test } from 'vitest';

import { csvOf, csvOfPasted } from './people';

test('a name with a comma or a quote stays one cell', () => {
  expect(csvOf('ada@example.org', 'Lovelace, "Ada"')).toBe('email,name\n"ada@example.org","Lovelace, ""Ada"""\n');
});

test.each([
  ['email,name\nada@example.org,Ada\n', 'email,name\nada@example.org,Ada\n'],
  ['Name;Email\nAda;ada@example.org\n', 'Name;Email\nAda;ada@example.org\n'],
  ['ada@example.org\nalan@example.org', 'email,name\n"ada@example.org",""\n"alan@example.org",""\n'],
  ['Ada Lovelace <ada@example.org>, alan@example.org', 'email,name\n"ada@example.org","Ada Lovelace"\n"alan@example.org",""\n'],
])('%j is read as a list of people', (pasted, csv) => {
  expect(csvOfPasted(pasted)).toBe(csv);
});
