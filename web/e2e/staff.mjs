// Signed-in pages of staff: one sign-in for each role and file, its cookies carried from test to test, as a browser would.
import { open, quiet } from './browser.mjs';
import { account } from './course.mjs';

const states = new Map();

async function signIn(browser, url, role) {
  const { email, password } = account(role);
  const { page, context } = await open(browser, `${url}/login`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('main button[type=submit]').press('Enter');
  await page.waitForURL('**/home');
  await keep(role, context);
  await context.close();
}

async function keep(role, context) {
  const state = await context.storageState();
  for (const origin of state.origins) origin.localStorage = origin.localStorage.filter(({ name }) => !/stoa\.(locale|theme)/.test(name));
  states.set(role, state);
}

/** Run `look` on a page of a role; the refresh cookie is used up by each page and must be carried on. */
export async function as(role, { browser, url }, path, look, see = {}) {
  if (!states.has(role)) await signIn(browser, url, role);
  const { page, context, errors } = await open(browser, url + path, { ...see, storageState: states.get(role) });
  try {
    await quiet(page);
    return await look(page, errors);
  } finally {
    await keep(role, context);
  }
}

/** The looks that every route is tried in: both themes at both widths, right to left, and the narrowest. */
export const LOOKS = [
  { theme: 'light', width: 1440 },
  { theme: 'dark', width: 1440 },
  { theme: 'light', width: 390, height: 844 },
  { theme: 'dark', width: 390, height: 844 },
  { locale: 'ar', width: 1440 },
  { locale: 'ar', width: 390, height: 844 },
  { width: 320, height: 640 },
  { locale: 'ar', width: 320, height: 640 },
];
export const nameOf = ({ theme = 'light', width, locale = 'en' }) => `${theme}, ${width} px, ${locale}`;
