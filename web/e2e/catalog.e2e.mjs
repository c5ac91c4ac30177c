import assert from 'node:assert/strict';

import { axe, open, quiet, sideways } from './browser.mjs';

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
