import assert from 'node:assert/strict';

import { axe, open, sideways } from './browser.mjs';

const { e2eTest: test } = globalThis;

for (const theme of ['light', 'dark', 'contrast']) {
  for (const width of [390, 1440]) {
    test(`every component is free of axe violations, ${theme}, ${width} px`, async ({ browser, url }) => {
      const { page, errors } = await open(browser, `${url}/dev/ui`, { theme, width });

      assert.deepEqual(await axe(page), []);
      assert.deepEqual(errors, []);
    });
  }
}

for (const width of [390, 1440]) {
  test(`every component is free of axe violations, right to left, ${width} px`, async ({ browser, url }) => {
    const { page } = await open(browser, `${url}/dev/ui`, { locale: 'ar', width });

    assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
    assert.deepEqual(await axe(page), []);
  });
}

for (const locale of ['en', 'ar']) {
  test(`nothing scrolls sideways at 320 px, ${locale}`, async ({ browser, url }) => {
    const { page } = await open(browser, `${url}/dev/ui`, { width: 320, locale });

    assert.deepEqual(await sideways(page), []);
  });
}

test('a dialog takes the focus, keeps it and gives it back', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/dev/ui`);
  const opener = page.getByRole('button', { name: 'Open a dialog' });
  await opener.focus();

  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'A dialog' });
  await dialog.waitFor();
  for (let stop = 0; stop < 6; stop += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(() => document.activeElement !== document.body && !document.activeElement.closest('dialog'));
    assert.equal(outside, false);
  }
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');

  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await opener.evaluate((element) => element === document.activeElement), true);
});

test('a menu is walked with arrows, letters and Escape', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/dev/ui`);
  const opener = page.getByRole('button', { name: 'Open a menu' });
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await opener.focus();

  await page.keyboard.press('ArrowDown');
  await page.getByRole('menu').waitFor();
  const first = await focused();
  await page.keyboard.press('ArrowUp');
  const last = await focused();
  await page.keyboard.press('c');
  const byLetter = await focused();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'hidden' });

  assert.deepEqual([first, last, byLetter], ['Rename', 'Remove', 'Copy']);
  assert.equal(await focused(), 'Open a menu');
});

for (const [locale, key] of [
  ['en', 'ArrowRight'],
  ['ar', 'ArrowLeft'],
]) {
  test(`tabs follow the arrow of the writing direction, ${locale}`, async ({ browser, url }) => {
    const { page } = await open(browser, `${url}/dev/ui`, { locale });
    await page.getByRole('tab', { name: 'Transcript' }).focus();

    await page.keyboard.press(key);

    assert.equal(await page.getByRole('tab', { name: 'My notes' }).getAttribute('aria-selected'), 'true');
    await page.getByText('Nothing noted yet.').waitFor();
  });
}

test('a toast is said once and can be undone by keyboard', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/dev/ui`);
  await page.getByRole('region', { name: 'Notices' }).waitFor({ state: 'attached' }); // its code comes when the page is idle

  await page.getByRole('button', { name: 'Show a toast' }).press('Enter');

  await page.getByRole('region', { name: 'Notices' }).getByText('Moved “Read: vectors”').waitFor();
  await page.getByRole('button', { name: 'Undo' }).press('Enter');
  await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'hidden' });
});
