// Take pictures of pages: `node e2e/screenshots.mjs FOLDER [PATH…]`. With STOA_URL of the platform, else of the build alone; STOA_LOGIN="email password" signs in first.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { launch, open, quiet } from './browser.mjs';
import { serve } from './serve.mjs';

const [folder = 'screenshots', ...paths] = process.argv.slice(2);
const WANTED = paths.length > 0 ? paths : ['/', '/catalog', '/login', '/register', '/dev/ui'];
const LOOKS = [
  { name: 'light', width: 1440 },
  { name: 'dark', width: 1440, theme: 'dark' },
  { name: 'phone', width: 390, height: 844 },
  { name: 'rtl', width: 1440, locale: 'ar' },
];

mkdirSync(folder, { recursive: true });
const fixture = process.env.STOA_URL ? undefined : await serve();
const url = process.env.STOA_URL?.replace(/\/$/, '') ?? fixture.url;
const browser = await launch();

async function signIn() {
  const [email, password] = (process.env.STOA_LOGIN ?? '').split(' ');
  if (!email) return undefined;
  const { page, context } = await open(browser, `${url}/login`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL((address) => address.pathname !== '/login');
  const state = await context.storageState();
  await context.close();
  // Each picture chooses its own language and theme.
  for (const origin of state.origins) origin.localStorage = origin.localStorage.filter(({ name }) => !/stoa\.(locale|theme)/.test(name));
  return state;
}

let storageState = await signIn();
for (const path of WANTED) {
  for (const { name, ...look } of LOOKS) {
    const { page, context } = await open(browser, url + path, { ...look, storageState });
    await quiet(page).catch(() => undefined);
    const file = join(folder, `${path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'start'}-${name}.png`);
    await page.screenshot({ path: file, fullPage: path === '/dev/ui' });
    console.log(file);
    // A refresh token is used once: the next picture goes on with what this one was given.
    if (storageState) storageState = { ...storageState, cookies: (await context.storageState()).cookies };
    await context.close();
  }
}
await browser.close();
await fixture?.stop();
