import assert from 'node:assert/strict';

import { axe, open, quiet, sideways } from './browser.mjs';
import { as } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const firstCourse = async (url) => (await (await fetch(`${url}/api/v1/catalog/courses?limit=1`)).json()).items[0];

for (const [theme, locale, width] of [
  ['light', 'en', 390],
  ['light', 'en', 1440],
  ['dark', 'en', 390],
  ['dark', 'en', 1440],
  ['light', 'ar', 390],
  ['light', 'ar', 1440],
  ['light', 'en', 320],
]) {
  test(`start, catalogue and course page are free of axe violations, ${theme}, ${locale}, ${width} px`, async ({ browser, url }) => {
    const course = await firstCourse(url);

    for (const path of ['/', '/catalog', ...(course ? [`/c/${course.slug}`] : [])]) {
      const { page, context, errors } = await open(browser, url + path, { theme, locale, width });
      await quiet(page);
      assert.deepEqual(await axe(page), [], path);
      assert.deepEqual(await sideways(page), [], path);
      assert.deepEqual(errors, []);
      await context.close();
    }
  });
}

test('words in the search stand in the address and survive a reload; nothing found says what to do', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/catalog`);

  await page.getByRole('searchbox', { name: 'Search courses' }).fill('zzzzqqqq');
  await page.getByRole('heading', { name: 'Nothing found for “zzzzqqqq”' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Nothing found for “zzzzqqqq”' }).waitFor();

  assert.equal(new URL(page.url()).searchParams.get('q'), 'zzzzqqqq');
  assert.equal(await page.getByRole('searchbox', { name: 'Search courses' }).inputValue(), 'zzzzqqqq');
  await page.getByRole('link', { name: 'Show all courses' }).press('Enter');
  await page.waitForURL((address) => address.search === '');
});

test('a course that is not there says so', async ({ browser, url }) => {
  const { page } = await open(browser, `${url}/c/no-such-course`);

  await page.getByRole('heading', { name: 'Not found' }).waitFor();
  assert.deepEqual(await axe(page), []);
});

test('a course page is served with its title, its code and its first answer, and asks for none of them again', async ({ browser, url }) => {
  const { slug, title } = await firstCourse(url);
  const served = await (await fetch(`${url}/c/${slug}`)).text();
  const { page, context } = await open(browser, `${url}/login`);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));

  await page.goto(`${url}/c/${slug}`);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByRole('link', { name: 'Try a lesson first' }).waitFor();

  assert.match(served, new RegExp(`<title>${title}</title>`));
  assert.ok(served.includes(`>${title}</h1>`), 'the heading stands before the code has run');
  const loaded = asked.filter((path) => /\/(catalog|words)-[^/]*\.js$/.test(path));
  assert.ok(loaded.length > 0);
  for (const path of loaded) assert.ok(served.includes(`"modulepreload" crossorigin href="${path}"`), path);
  assert.deepEqual(asked.filter((path) => path.startsWith('/api/v1/catalog/')), []);
  await context.close();
});

test('what is printed into the page is a guest’s: the answers of whoever is signed in come with their token, in one trip', async ({ browser, url }) => {
  const { slug } = await firstCourse(url);
  await as('learner', { browser, url }, '/home', async (page) => {
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));

    await page.goto(`${url}/c/${slug}`);
    await page.locator('.enrol-card').waitFor();

    assert.deepEqual(asked.filter((path) => /^\/api\/v1\/(identity|people|catalog)\//.test(path)), ['/api/v1/identity/opening']);
  });
});
