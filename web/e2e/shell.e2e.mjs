import assert from 'node:assert/strict';

import { axe, open, sideways } from './browser.mjs';

const { e2eTest: test } = globalThis;

const focused = (page) => page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.textContent.trim().slice(0, 40)}`);

test('the first Tab offers to skip to the content', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);

  await page.keyboard.press('Tab');
  const first = await focused(page);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');

  assert.equal(first, 'A Skip to the content');
  assert.equal(await page.evaluate(() => Boolean(document.activeElement.closest('main'))), true);
});

test('after a navigation the heading has the focus, is announced and stands in the title', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);

  await page.getByRole('link', { name: 'Forgot your password?' }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Forgot your password?' }).waitFor();

  await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  await page.waitForFunction(() => document.querySelector('body > [role=status]')?.textContent === 'Forgot your password?');
  assert.equal(await page.title(), 'Forgot your password? · Stoa');
  assert.equal(await page.locator('h1').count(), 1);
});

test('the first load leaves the focus where the browser puts it', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);

  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'BODY');
});

test('Ctrl+K opens the search, arrows choose and Enter goes', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);

  await page.keyboard.press('Control+k');
  const box = page.getByRole('combobox', { name: 'Search' });
  await box.waitFor();
  assert.equal(await box.evaluate((element) => element === document.activeElement), true);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');

  await page.waitForURL('**/catalog');
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('the theme changes at one press and stays after a reload', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();

  await page.getByRole('button', { name: 'Switch to dark' }).press('Enter');
  await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(19, 18, 17)');
  await page.reload();
  await page.locator('h1').waitFor();

  assert.equal(light, 'rgb(250, 248, 244)');
  assert.equal(await ground(), 'rgb(19, 18, 17)');
});

for (const width of [360, 1440]) {
  test(`who is not signed in chooses the language by keyboard, and it stays after a reload, ${width} px`, async ({ browser, url }) => {
    const { page, errors } = await open(browser, `${url}/login`, { width });

    await page.getByRole('button', { name: 'Language' }).press('Enter');
    await page.getByRole('menu').waitFor();
    assert.deepEqual(await axe(page), []);
    await page.getByRole('menuitem', { name: 'العربية' }).press('Enter');
    await page.waitForFunction(() => document.documentElement.dir === 'rtl');
    await page.reload();
    await page.getByRole('button', { name: 'اللغة' }).waitFor();

    assert.equal(await page.evaluate(() => document.documentElement.lang), 'ar');
    assert.deepEqual(await sideways(page), []);
    assert.deepEqual(errors, []);
  });
}

test('a login that comes too soon says so, and when to try again', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);
  const problem = { type: 'about:blank', title: 'Too many tries', status: 429, code: 'identity.login_delayed', detail: 'Too many tries', hint: '', request_id: 'none' };
  await page.route('**/api/v1/identity/login', (route) => route.fulfill({ status: 429, contentType: 'application/problem+json', headers: { 'retry-after': '240' }, body: JSON.stringify(problem) }));
  await page.getByLabel('E-mail').fill('noor@example.org');
  await page.getByLabel('Password', { exact: true }).fill('three quiet words');

  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).press('Enter');

  const alert = page.getByRole('alert');
  await alert.getByText('Too many tries').waitFor();
  await alert.getByText('Please try again in 4 minutes.').waitFor();
});

test('a page for members sends a guest to sign in and remembers the way', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/me/settings`);

  await page.waitForURL((address) => address.pathname === '/login' && address.searchParams.get('next') === '/me/settings');
  await page.getByText('Sign in to go on where you were heading.').waitFor();
});

test('an address of another site is never a way back', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login?next=//evil.example`);

  assert.equal(await page.getByText('Sign in to go on where you were heading.').count(), 0);
});

test('a mistyped address says so and offers the search', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/no/such/page`);

  await page.getByRole('heading', { level: 1, name: 'There is no page here' }).waitFor();
  await page.getByRole('link', { name: 'Search the courses' }).waitFor();
  assert.deepEqual(await axe(page), []);
});

test('offline is said in a thin bar, and goes with the network', async ({ browser, url }) => {
  const { page, context } = await open(browser, `${url}/login`);
  const words = page.getByText('You are offline. What you write is kept on this device.');

  await context.setOffline(true);
  await words.waitFor();
  await context.setOffline(false);

  await words.waitFor({ state: 'hidden' });
});

test('a form that cannot be sent says what happened and keeps what was typed', async ({ browser, url }) => {
  const { page, context } = await open(browser, `${url}/login`);
  await page.getByLabel('E-mail').fill('noor@example.org');
  await page.getByLabel('Password', { exact: true }).fill('three quiet words');

  await context.setOffline(true);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();

  await page.getByRole('alert').getByText('No connection').waitFor();
  assert.equal(await page.getByLabel('E-mail').inputValue(), 'noor@example.org');
  assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), 'three quiet words');
});

test('the password can be seen and hidden by keyboard', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);
  const field = page.getByLabel('Password', { exact: true });

  await page.getByRole('button', { name: 'Show password' }).press('Enter');
  const shown = await field.getAttribute('type');
  await page.getByRole('button', { name: 'Hide password' }).press('Enter');

  assert.deepEqual([shown, await field.getAttribute('type')], ['text', 'password']);
});

const PAGES = ['/login', '/register', '/forgot', '/reset?token=x', '/verify?token=x'];
for (const path of PAGES) {
  for (const [theme, locale, width] of [
    ['light', 'en', 390],
    ['light', 'en', 1440],
    ['dark', 'en', 390],
    ['dark', 'en', 1440],
    ['light', 'ar', 390],
    ['light', 'ar', 1440],
  ]) {
    test(`${path} is free of axe violations, ${theme}, ${locale}, ${width} px`, async ({ browser, url }) => {
      const { page, errors } = await open(browser, url + path, { theme, locale, width });

      assert.deepEqual(await axe(page), []);
      assert.deepEqual(errors, []);
    });
  }
  test(`${path} does not scroll sideways at 320 px`, async ({ browser, url }) => {
    const { page } = await open(browser, url + path, { width: 320 });

    assert.deepEqual(await sideways(page), []);
  });
}
