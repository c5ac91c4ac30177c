import { expect, test } from 'vitest';

import { brandRules } from '@lib/brand';

test('a brand lays its colours over both themes and leaves high contrast alone', () => {
  const rules = brandRules({ light: { primary: '#112233', on_primary: '#ffffff' }, dark: { primary: '#aabbcc' } });

  expect(rules).toContain(':root:not([data-theme=contrast]):not([data-theme=dark]){--primary:#112233;--on-primary:#ffffff}');
  expect(rules).toContain('[data-theme=dark]{--primary:#aabbcc}');
  expect(rules).toContain('@media (prefers-color-scheme:dark){:root:not([data-theme]){--primary:#aabbcc}}');
});

test('what is not a colour or not a name never reaches the stylesheet', () => {
  const rules = brandRules({ light: { primary: 'url(//evil)', 'x;}body{display:none': '#000000', accent: '#f2b134' } });

  expect(rules).toBe(':root:not([data-theme=contrast]):not([data-theme=dark]){--accent:#f2b134}');
});
