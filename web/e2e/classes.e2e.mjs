import assert from 'node:assert/strict';

import { axe, quiet, sideways } from './browser.mjs';
import { apiOf } from './course.mjs';
import { as, LOOKS, nameOf } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const HOUR_MS = 3_600_000;

/** A class of this run that the demo instructor holds; a second run finds its own by the title. */
async function plan(url, title, more = {}) {
  const teacher = await apiOf(url, 'instructor');
  const starts = new Date(Date.now() + 24 * HOUR_MS);
  const { first } = await teacher('POST', '/live/classes', {
    title,
    starts_at: starts.toISOString(),
    ends_at: new Date(starts.getTime() + HOUR_MS).toISOString(),
    time_zone: 'Europe/Athens',
    ...more,
  });
  return first;
}

const titled = (words) => `${words} ${Date.now().toString(36)}`;

test('a series is renamed and one class of it called off with a reason, by keyboard alone', async ({ browser, url }) => {
  const title = titled('Weekly seminar');
  const first = await plan(url, title, { rule: 'FREQ=WEEKLY;COUNT=3' });
  const teacher = await apiOf(url, 'instructor');
  const mine = async () => (await teacher('GET', '/live/classes?limit=100')).items.filter(({ series_id: series }) => series === first.series_id);

  await as('instructor', { browser, url }, `/live/${first.id}/plan`, async (page, errors) => {
    await page.getByRole('textbox', { name: 'Title' }).focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type(`${title}, renamed`);
    const scope = page.locator('form').first().getByRole('radio', { name: 'This class only' });
    await scope.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: `${title}, renamed` }).waitFor();
    assert.deepEqual((await mine()).map((each) => each.title), Array(3).fill(`${title}, renamed`));

    await page.getByRole('button', { name: 'Cancel the class' }).press('Enter');
    await page.getByRole('dialog').getByRole('textbox', { name: /Reason/ }).fill('The hall is closed');
    assert.deepEqual(await axe(page), []);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the class' }).press('Enter');
    await page.getByText('This class was cancelled.').waitFor();
    assert.deepEqual((await mine()).map(({ state }) => state).toSorted(), ['scheduled', 'scheduled']);
    assert.deepEqual(errors, []);
  });
});

test('what somebody else changed meanwhile is not overwritten, and times that cannot be are refused in words', async ({ browser, url }) => {
  const first = await plan(url, titled('Two at once'));
  const teacher = await apiOf(url, 'instructor');

  await as('instructor', { browser, url }, `/live/${first.id}/plan`, async (page) => {
    await page.getByRole('textbox', { name: 'Title' }).fill('Mine');
    await teacher('PATCH', `/live/classes/${first.id}`, { title: 'Theirs' }, { headers: { 'if-match': `"${first.version}"` } });
    const save = page.locator('form').first().getByRole('button', { name: 'Save' });
    await save.press('Enter');
    await page.getByRole('button', { name: 'Load it again' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Theirs' }).waitFor();

    await page.getByLabel('Starts').fill('');
    await save.press('Enter');
    await page.getByText('Say when it starts.').waitFor();
  });
});

test('the plan of a class has room and contrast in every look', async ({ browser, url }) => {
  const first = await plan(url, titled('In every look'), { rule: 'FREQ=WEEKLY;COUNT=2', description: 'Bases and dimension.' });
  for (const look of [LOOKS[0], LOOKS[3], LOOKS[7]]) {
    await as(
      'instructor',
      { browser, url },
      `/live/${first.id}/plan`,
      async (page) => {
        await page.locator('.plan-card').nth(2).waitFor();
        await quiet(page);
        assert.deepEqual(await axe(page), [], nameOf(look));
        assert.deepEqual(await sideways(page), [], nameOf(look));
      },
      look,
    );
  }
});
