import assert from 'node:assert/strict';

import { axe, quiet, sideways } from './browser.mjs';
import { apiOf } from './course.mjs';
import { as, LOOKS, nameOf } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const HOUR_MS = 3_600_000;
let planned;

/** The learner has a seat in the demo course; its author plans a series there, and takes one time of it back. */
async function plan(url) {
  if (planned) return planned;
  const [author, learner] = [await apiOf(url, 'author'), await apiOf(url, 'learner')];
  const [course] = (await author('GET', '/catalog/courses?limit=1')).items;
  await learner('POST', `/enrollment/courses/${course.slug}/enrol`);
  const starts = new Date(Date.now() + HOUR_MS).toISOString();
  const words = { title: `Reading group ${Date.now()}`, starts_at: starts, ends_at: new Date(Date.parse(starts) + HOUR_MS).toISOString(), time_zone: 'Europe/Athens', rrule: 'FREQ=WEEKLY;COUNT=3' };
  const entries = `/calendar/courses/${course.id ?? course.course_id}/entries`;
  const entry = await author('POST', entries, words);
  const second = new Date(Date.parse(entry.starts_at) + 7 * 24 * HOUR_MS).toISOString();
  await author('DELETE', `${entries}/${entry.id}/occurrences/${encodeURIComponent(second)}`);
  planned = { title: words.title };
  return planned;
}

test('what is on stands under its day with what became of it, and leads to its course', async (given) => {
  const { title } = await plan(given.url);

  await as('learner', given, '/calendar', async (page, errors) => {
    const rows = page.locator('.calendar-day li', { hasText: title });
    await rows.first().waitFor();
    const cancelled = await rows.filter({ hasText: 'Cancelled' }).count();
    const all = await rows.count();
    await rows.first().getByRole('link', { name: title }).press('Enter');
    await page.waitForURL('**/learn/**');

    assert.deepEqual([all, cancelled], [3, 1]);
    assert.deepEqual(errors, []);
  });
});

test('weeks are walked by keys and stay in the address, and today is one press away', async (given) => {
  await as('learner', given, '/calendar', async (page) => {
    await page.getByRole('link', { name: 'Later' }).press('Enter');
    await page.waitForURL(/from=\d{4}-\d{2}-\d{2}/);
    await page.getByRole('link', { name: 'Today' }).waitFor();
    const address = page.url();
    await page.getByRole('link', { name: 'Later' }).press('Enter');
    await page.waitForURL((url) => url.href !== address);

    await page.getByRole('link', { name: 'Today' }).press('Enter');
    await page.waitForURL((url) => url.search === '');

    assert.equal(await page.getByRole('link', { name: 'Today' }).count(), 0);
  });
});

// A theme, a width and a direction each once with the other: the rows are the same everywhere.
for (const look of LOOKS.filter(({ theme, width, locale }) => (theme === 'light' ? width > 400 : theme === 'dark' ? width < 400 : (width < 330) === (locale === 'ar')))) {
  test(`the calendar has room and contrast: ${nameOf(look)}`, async (given) => {
    const { title } = await plan(given.url);

    await as(
      'learner',
      given,
      '/calendar',
      async (page) => {
        await page.getByText(title).first().waitFor();
        await quiet(page);

        assert.deepEqual(await axe(page), []);
        assert.deepEqual(await sideways(page), []);
      },
      look,
    );
  });
}
