import assert from 'node:assert/strict';

import { axe, open, quiet, sideways } from './browser.mjs';
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

test('a quiz is written before the class, asked by one key and counted; its scores stand in the plan', async ({ browser, url }) => {
  const teacher = await apiOf(url, 'instructor');
  const first = await plan(url, titled('Quiz night'), { settings: { takes_guests: true } });

  await as('instructor', { browser, url }, `/live/${first.id}/plan`, async (page, errors) => {
    await page.getByRole('button', { name: 'Prepare' }).press('Enter');
    await page.getByRole('textbox', { name: /^Title/ }).last().fill('Knots');
    await page.getByRole('textbox', { name: 'Question' }).fill('Which knot holds?');
    await page.getByRole('combobox', { name: 'Answers' }).selectOption('quiz');
    await page.getByRole('combobox', { name: 'Time to answer' }).selectOption('300');
    await page.getByRole('textbox', { name: 'Answer 1' }).fill('Bowline');
    await page.getByRole('textbox', { name: 'Answer 2' }).fill('Granny');
    await page.locator('.quiz-editor').getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Say which answer is right.').waitFor();
    assert.deepEqual(await axe(page), []);

    await page.reload();
    await page.getByRole('checkbox', { name: 'Answer 1 is right' }).press('Space');
    await page.locator('.quiz-editor').getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByRole('button', { name: 'Edit: Knots' }).waitFor();
    assert.deepEqual(errors, []);
  });

  const { code } = await teacher('POST', `/live/classes/${first.id}/start`, {});
  const { page: phone } = await open(browser, `${url}/join/${code}`, { width: 390, height: 844 });
  await phone.locator('input[autocomplete=nickname]').fill('Gael Guest');
  await phone.locator('main button[type=submit]').click();
  await phone.locator('.room h1').waitFor();
  await as('instructor', { browser, url }, `/live/${first.id}/host`, async (host) => {
    await host.locator('.prepared-next').getByText('Which knot holds?').waitFor();
    await host.locator('h1').click(); // no field has the focus: one key goes on
    await host.keyboard.press('n');
    await phone.getByRole('radio', { name: 'Bowline' }).check();
    await phone.getByText('Your answer counts').waitFor();
    await phone.getByRole('timer', { name: /left to answer/ }).waitFor();
    assert.deepEqual(await axe(phone), []);
    // A key that comes while the last step is on its way does nothing: one waits until the next step is offered.
    const offered = (says) => host.locator('.prepared-next button:not([aria-busy])', { hasText: says }).waitFor();
    await offered('Close');
    await host.keyboard.press('n');
    await offered('Show the results');
    await host.keyboard.press('n');
    await host.getByText('All that was prepared has been asked.').waitFor();
    await phone.getByText('Results', { exact: true }).click();
    await phone.getByText('Your answer was right').waitFor();

    await phone.getByRole('tab', { name: /Questions/ }).click();
    await phone.getByRole('textbox', { name: 'Ask the teacher' }).fill('And a reef knot?');
    await phone.getByRole('button', { name: 'Ask', exact: true }).click();
    await host.getByRole('tab', { name: /Questions/ }).press('Enter');
    await host.locator('.thread summary').press('Enter');
    await host.getByRole('textbox', { name: 'Your answer' }).fill('It slips.');
    await host.getByRole('button', { name: 'Answer', exact: true }).press('Enter');
    await phone.locator('.thread summary', { hasText: '1 answer' }).press('Enter');
    await phone.locator('.thread-rows', { hasText: 'It slips.' }).waitFor();
    assert.deepEqual(await axe(phone), []);
    await phone.getByRole('tab', { name: 'Comments' }).click();
    assert.equal(await phone.locator('.log-rows', { hasText: 'It slips.' }).count(), 0);
  });
  await teacher('POST', `/live/classes/${first.id}/end`, {});
  await as('instructor', { browser, url }, `/live/${first.id}/plan`, async (page) => {
    await page.getByRole('button', { name: 'Results: Knots' }).press('Enter');
    await page.getByRole('dialog').getByText('1 of 1').waitFor();
    assert.deepEqual(await axe(page), []);
  });
});

/** A class that was held: two slides, a quick poll, three remarks, one of them taken away; over again. */
async function heldBefore(url, title) {
  const teacher = await apiOf(url, 'instructor');
  const { id } = await plan(url, title);
  await teacher('POST', `/live/classes/${id}/start`, {});
  const { join_token: join } = await teacher('POST', `/live/classes/${id}/join`, { consent: true });
  const inRoom = (method, path, body) => teacher(method, `/live/classes/${id}/${path}`, body, { headers: { 'stoa-join': join } });
  const say = (body) => inRoom('POST', 'messages', { body, client_msg_id: crypto.randomUUID() });
  await inRoom('PUT', 'slide', { slide: { title: 'Knots that hold', url: '', number: 1, count: 2 } });
  await say('Welcome, all of you');
  await inRoom('POST', 'polls', { question: 'Which knot holds?', options: [{ text: 'Bowline' }, { text: 'Granny' }], open: true });
  const rude = await say('something rude');
  await inRoom('DELETE', `messages/${rude.seq}`);
  await inRoom('PUT', 'slide', { slide: { title: 'Knots that slip', url: '', number: 2, count: 2 } });
  await say('The bowline is the king of knots');
  await teacher('POST', `/live/classes/${id}/end`, {});
  return id;
}

test('a class is seen again by keys: chapters, what was said at its time, and a search', async ({ browser, url }) => {
  const id = await heldBefore(url, titled('Seen again'));

  await as('instructor', { browser, url }, `/live/${id}/replay`, async (page, errors) => {
    const last = page.getByRole('button', { name: /Slide: Knots that slip/ });
    await last.waitFor();
    await page.locator('.replay-screen').getByText('Knots that hold').or(page.getByText('Nothing was shown at this time.')).waitFor();
    await last.press('Enter');
    await page.locator('.replay-screen').getByText('Knots that slip').waitFor();
    await page.getByRole('slider', { name: 'Place in the class' }).press('End');
    await page.locator('.replay-log').getByText('The bowline is the king of knots').waitFor();
    assert.equal(await page.getByText('something rude').count(), 0);
    await page.getByText('Removed by a moderator').waitFor();

    await page.locator('h1').click(); // no field has the focus: single keys work
    await page.keyboard.press('s');
    await page.keyboard.type('WELCOME');
    await page.getByText('1 found').waitFor();
    await page.locator('.replay-log').getByRole('button', { name: /^Go to/ }).press('Enter');
    await page.locator('.replay-screen').getByText('Knots that hold').waitFor();
    await page.getByText('This class was not recorded.').waitFor();
    assert.deepEqual(await axe(page), []);
    for (const look of [LOOKS[3], LOOKS[6]]) {
      await page.setViewportSize({ width: look.width, height: look.height });
      await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), look.theme ?? 'light');
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      assert.deepEqual(await axe(page), [], nameOf(look));
      assert.deepEqual(await sideways(page), [], nameOf(look));
    }
    assert.deepEqual(errors, []);
  });
});
