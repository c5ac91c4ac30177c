import assert from 'node:assert/strict';

import { axe, open, PATIENCE_MS, quiet, sideways } from './browser.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const PASSWORD = 'three quiet words here';

/** The newest letter to an address, waited for: mail is sent by a job. */
async function letterTo(url, email, { after = 0 } = {}) {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const letters = (await (await fetch(`${url}/dev/mail.json`)).json()).filter(({ to }) => String(to).includes(email));
    if (letters.length > after) return letters.toSorted((one, other) => String(other.at).localeCompare(String(one.at)))[0];
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`no letter to ${email}`);
}

const linkIn = (letter, url) => {
  const link = new URL(letter.links[0]);
  return url + link.pathname + link.search;
};

/** A new person, verified and signed in, on a page of their own. */
async function newcomer(browser, url, look = {}) {
  const email = `noor-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.org`;
  const { page, context, errors } = await open(browser, `${url}/register`, look);
  await page.locator('input[name=name]').fill('Noor Khalil');
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('main button[type=submit]').press('Enter');
  await page.getByText(email).waitFor();
  await page.goto(linkIn(await letterTo(url, email), url));
  await page.locator('main button.btn-primary').press('Enter');
  await page.locator('.banner-success').waitFor();
  await signIn(page, url, email);
  return { page, context, errors, email };
}

async function signIn(page, url, email, password = PASSWORD) {
  await page.goto(`${url}/login`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('main button[type=submit]').press('Enter');
  await page.waitForURL('**/home');
  // The new page's heading takes the focus; a key pressed before that would go astray.
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
}

/** The profile follows from an event a moment after the account; the page offers to try again. */
async function openProfile(page, url) {
  await page.goto(`${url}/me/profile`);
  for (let tries = 0; tries < 20; tries += 1) {
    const first = await Promise.race([page.getByLabel('Name', { exact: true }).waitFor().then(() => 'form'), page.getByRole('button', { name: 'Try again' }).waitFor().then(() => 'again')]);
    if (first === 'form') return;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForTimeout(250);
  }
  throw new Error('the profile did not come');
}

test('somebody registers, proves the address, signs in and comes back signed in after a reload', async ({ browser, url }) => {
  const { page, errors } = await newcomer(browser, url);

  await page.reload();
  await page.locator('h1').waitFor();
  await page.getByRole('button', { name: /your account/ }).waitFor();

  assert.equal(new URL(page.url()).pathname, '/home');
  assert.deepEqual(errors, []);
});

test('a wrong password tells nothing about the account and keeps the form', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/login`);
  await page.locator('input[name=email]').fill('nobody@example.org');
  await page.locator('input[name=password]').fill('not the password');

  await page.locator('main button[type=submit]').press('Enter');

  await page.getByRole('alert').getByText('The e-mail or the password is not right.').waitFor();
  assert.equal(await page.locator('input[name=email]').inputValue(), 'nobody@example.org');
  assert.deepEqual(await axe(page), []);
});

test('a weak password is refused beside its field', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/register`);
  await page.locator('input[name=name]').fill('Noor');
  await page.locator('input[name=email]').fill(`weak-${Date.now()}@example.org`);
  await page.locator('input[name=password]').fill('short');

  await page.locator('main button[type=submit]').press('Enter');

  await page.locator('.field-error').waitFor();
  assert.equal(await page.locator('input[name=password]').getAttribute('aria-invalid'), 'true');
});

test('a forgotten password is chosen anew by a mailed link, which works once', async ({ browser, url }) => {
  const { page, context, email } = await newcomer(browser, url);
  await context.clearCookies();
  await page.evaluate(() => localStorage.removeItem('stoa.signed-in'));
  await page.goto(`${url}/forgot`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('main button[type=submit]').press('Enter');
  await page.getByText(email).waitFor();
  const link = linkIn(await letterTo(url, email, { after: 1 }), url);

  await page.goto(link);
  await page.locator('input[name=password]').fill('four other quiet words');
  await page.locator('main button[type=submit]').press('Enter');
  await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();
  await signIn(page, url, email, 'four other quiet words');
  await page.goto(link);
  await page.locator('input[name=password]').fill('yet another four words');
  await page.locator('main button[type=submit]').press('Enter');

  await page.getByRole('heading', { name: 'This link is no longer good' }).waitFor();
});

test('the profile is saved, and a change on another device is never overwritten', async ({ browser, url }) => {
  const { page, context } = await newcomer(browser, url);
  await openProfile(page, url);
  const other = await context.newPage();
  await openProfile(other, url);

  await page.getByLabel('Pronouns').fill('they');
  await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
  await page.waitForFunction(() => document.querySelector('main button[type=submit]').disabled);
  await other.getByLabel('About you').fill('I like proofs.');
  await other.getByRole('button', { name: 'Save', exact: true }).press('Enter');

  await other.getByText('Your profile was changed on another device.').waitFor();
  assert.equal(await other.getByLabel('About you').inputValue(), 'I like proofs.');
  await other.getByRole('button', { name: 'Compare' }).press('Enter');
  await other.getByText('Your profile was changed on another device.').waitFor({ state: 'hidden' });
  assert.equal(await other.getByLabel('Pronouns').inputValue(), 'they');
  assert.equal(await other.getByLabel('About you').inputValue(), 'I like proofs.');
  await other.getByRole('button', { name: 'Save', exact: true }).press('Enter');
  await other.waitForFunction(() => document.querySelector('main button[type=submit]').disabled);
  await page.reload();
  await page.getByLabel('About you').waitFor();
  assert.deepEqual([await page.getByLabel('Pronouns').inputValue(), await page.getByLabel('About you').inputValue()], ['they', 'I like proofs.']);
});

test('language and theme change the page at once and follow to a new device', async ({ browser, url }) => {
  const { page, email } = await newcomer(browser, url);
  await openProfile(page, url);
  await page.goto(`${url}/me/settings`);
  await quiet(page);

  const kept = () => page.waitForResponse((response) => response.request().method() === 'PATCH' && response.url().endsWith('/people/me') && response.ok());

  const language = kept();
  await page.getByLabel('Language', { exact: true }).selectOption('ar');
  await page.getByRole('heading', { level: 1, name: 'الإعدادات' }).waitFor();
  await language;
  const theme = kept();
  await page.getByText('داكنة', { exact: true }).click();
  await theme;
  const fresh = await browser.newContext({ locale: 'en-GB', colorScheme: 'light', serviceWorkers: 'block' });
  const device = await fresh.newPage();
  await signIn(device, url, email);

  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  await device.waitForFunction(() => document.documentElement.lang === 'ar' && document.documentElement.dataset.theme === 'dark', undefined, { timeout: PATIENCE_MS });
});

test('when the session runs out somebody signs in over the page and what was written is saved', async ({ browser, url }) => {
  const { page, context, email } = await newcomer(browser, url);
  await openProfile(page, url);
  await page.getByLabel('About you').fill('Words that must not be lost.');
  await context.clearCookies();
  // The access token is good for minutes; refuse it as the server will when it is not.
  let refused = false;
  await page.route('**/api/v1/people/me', async (route) => {
    if (route.request().method() === 'PATCH' && !refused) {
      refused = true;
      await route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"stoa.unauthenticated","title":"Log in","status":401}' });
    } else await route.continue();
  });

  await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Sign in to go on' });
  await dialog.waitFor();
  assert.deepEqual(await axe(page), []);
  await dialog.locator('input[name=email]').fill(email);
  await dialog.locator('input[name=password]').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });

  await page.waitForFunction(() => document.querySelector('main button[type=submit]').disabled);
  await page.reload();
  await page.getByLabel('About you').waitFor();
  assert.equal(await page.getByLabel('About you').inputValue(), 'Words that must not be lost.');
});

test('the account menu leads out, and the way back is closed', async ({ browser, url }) => {
  const { page } = await newcomer(browser, url);

  await page.getByRole('button', { name: /your account/ }).press('Enter');
  await page.getByRole('menuitem', { name: 'Profile' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => address.pathname === '/');
  await page.goto(`${url}/me/profile`);

  await page.waitForURL('**/login?next=*');
});

test('somebody takes their data along and closes the account', async ({ browser, url }) => {
  const { page, email } = await newcomer(browser, url);
  await openProfile(page, url);
  await page.goto(`${url}/me/settings`);
  await quiet(page);

  await page.getByRole('link', { name: 'Download my data' }).press('Enter');
  await page.waitForURL('**/me/data');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download my data' }).press('Enter')]);
  await page.getByText('Everything is here').waitFor();
  assert.deepEqual(await axe(page), []);
  const stream = await download.createReadStream();
  let text = '';
  for await (const chunk of stream) text += chunk;
  assert.deepEqual(Object.keys(JSON.parse(text)), ['made_at', 'account', 'profile', 'organizations', 'seats', 'learning', 'live', 'calendar', 'notifications']);
  await page.getByRole('link', { name: 'Back to the settings' }).press('Enter');
  await page.getByRole('button', { name: 'Close my account' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Close your account?' });
  await dialog.getByLabel('Present password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => address.pathname === '/');
  await page.goto(`${url}/login`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('main button[type=submit]').press('Enter');

  assert.match(text, new RegExp(email));
  await page.getByText('The e-mail or the password is not right.').waitFor();
});

test('profile and settings are free of axe violations in every look', async ({ browser, url }) => {
  const { page, context } = await newcomer(browser, url);
  await openProfile(page, url);
  const storageState = await context.storageState();
  for (const origin of storageState.origins) origin.localStorage = origin.localStorage.filter(({ name }) => !/locale|theme/.test(name));
  await context.close();
  // One device at a time: a rotated refresh cookie is good for one page load, and carried on to the next look.
  for (const [theme, locale, width] of [
    ['light', 'en', 390],
    ['light', 'en', 1440],
    ['dark', 'en', 390],
    ['dark', 'en', 1440],
    ['light', 'ar', 390],
    ['light', 'ar', 1440],
    ['light', 'en', 320],
  ]) {
    const look = await open(browser, `${url}/me/profile`, { theme, locale, width, storageState });
    for (const path of ['/me/profile', '/me/settings']) {
      if (path !== '/me/profile') await look.page.goto(url + path);
      await look.page.locator('h1').first().waitFor();
      await quiet(look.page);
      assert.deepEqual(await axe(look.page), [], `${path} ${theme} ${locale} ${width}`);
      if (width === 320) assert.deepEqual(await sideways(look.page), []);
    }
    Object.assign(storageState, { cookies: (await look.context.storageState()).cookies });
    await look.context.close();
  }
});
