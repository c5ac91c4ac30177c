import assert from 'node:assert/strict';

import { axe, open, quiet, sideways } from './browser.mjs';
import { apiOf } from './course.mjs';
import { cutting } from './cutting.mjs';
import { classOnAir, guest } from './live.mjs';
import { as, LOOKS, nameOf } from './staff.mjs';

const { e2eTest: test } = globalThis;
const platform = { needs: 'platform' };

const say = async (page, words) => {
  await page.locator('.composer textarea').fill(words);
  await page.locator('.composer textarea').press('Enter');
};
const transcript = (page) => page.locator('.log-rows .comment-body').allTextContents();
const heard = (page, words) => page.locator('.log-rows .comment-body', { hasText: words }).waitFor();
const sorted = (lines) => lines.toSorted();

/** Ends what earlier runs left on air, and calls off what they planned: the shelves show the first of what is to come. */
async function tidied(teacher) {
  const { items } = await teacher('GET', '/live/classes?which=now&limit=200');
  for (const { id, state, may_host: mine, title } of items) {
    if (!mine || title.startsWith('Learning together')) continue;
    if (state === 'live') await teacher('POST', `/live/classes/${id}/end`, {});
    else await teacher('DELETE', `/live/classes/${id}`);
  }
}

test('a class is planned from the teach page; when it starts the learner\'s bell rings and the home page shows it, without a reload', async ({ browser, url }) => {
  // Nothing of what ran before matters: a title of its own, a seat of its own, and no class of an earlier run in its way.
  const title = `Planned by hand ${Date.now().toString(36)}`;
  const teacher = await apiOf(url, 'instructor');
  await tidied(teacher);
  await (await apiOf(url, 'learner'))('POST', '/enrollment/courses/learning-how-to-learn/enrol');
  const planned = await as('instructor', { browser, url }, '/teach', async (page) => {
    await page.getByRole('button', { name: 'Plan a class' }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill(title);
    await page.getByRole('combobox', { name: 'Course' }).selectOption({ label: 'Learning how to learn' });
    assert.deepEqual(await axe(page), []);
    await page.getByRole('button', { name: 'Plan it' }).click();
    const address = await page.getByRole('link', { name: `Host: ${title}` }).getAttribute('href');
    return { id: address.split('/').at(-2) };
  });
  await as('learner', { browser, url }, '/home', async (page) => {
    // The line of one's own opens when the page is idle: what is told before it stands is not heard.
    const stands = page.waitForEvent('websocket').then((line) => line.waitForEvent('framereceived'));
    await page.reload();
    const bell = page.getByRole('button', { name: /^Notifications/ });
    await bell.waitFor();
    await stands;

    await teacher('POST', `/live/classes/${planned.id}/start`, {});
    await page.locator('.bell-count').waitFor();
    await bell.click();
    await page.getByRole('dialog').getByRole('link', { name: `${title} has started: join now` }).waitFor();
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: `Join: ${title}` }).first().waitFor();
  });
  await teacher('POST', `/live/classes/${planned.id}/end`, {});
}, platform);

test('a teacher starts a class, a guest on a phone comes in by its code; both chat and vote', async ({ browser, url }) => {
  const teacher = await apiOf(url, 'instructor');
  const starts = new Date(Date.now() + 60_000);
  const { first } = await teacher('POST', '/live/classes', { title: 'Vectors, live', starts_at: starts.toISOString(), ends_at: new Date(starts.getTime() + 3_600_000).toISOString(), time_zone: 'Europe/Athens', settings: { takes_guests: true } });
  await as('instructor', { browser, url }, `/live/${first.id}/host`, async (host) => {
    await host.getByRole('button', { name: 'Start the class' }).click();
    await host.getByText('Live', { exact: true }).first().waitFor();
    const code = (await host.locator('.code-big').textContent()).replace(/\D/g, '');
    const { page: phone, errors } = await guest(browser, url, code, 'Gael Guest');

    await say(phone, 'Hello from the phone');
    await heard(host, 'Hello from the phone');
    await say(host, 'Welcome, Gael');
    await heard(phone, 'Welcome, Gael');

    await host.locator('h1').click(); // no field has the focus: one key starts a poll
    await host.keyboard.press('1');
    await phone.getByRole('radio', { name: 'Yes' }).check();
    await phone.getByText('Your answer counts').waitFor();
    await host.getByText('1 answer so far').waitFor();
    await host.getByRole('button', { name: 'Close the poll' }).click();
    await host.getByRole('button', { name: 'Show the results' }).first().click();
    await phone.getByText('Results', { exact: true }).click();
    await phone.getByText('100%').waitFor();

    await phone.getByRole('button', { name: 'Raise hand' }).click();
    await host.getByRole('button', { name: 'Call Gael Guest' }).click();
    await phone.getByText('You are called').waitFor();
    assert.deepEqual(errors, []);
  });
}, platform);

test('behind a line that is cut no own words are lost, and all read the same', async ({ browser, url }) => {
  const { code } = await classOnAir(url, 'Behind a bad line');
  const line = await cutting(url);
  try {
    const here = await guest(browser, url, code, 'Here');
    const there = await guest(browser, line.url, code, 'There');
    await say(here.page, 'one');
    await heard(there.page, 'one');

    line.cut();
    await say(there.page, 'two, said into the void');
    await there.page.getByText('Reconnecting').first().waitFor();
    await say(here.page, 'three, while the other is away');
    await there.page.getByText('Kept on this device').waitFor();
    line.mend();
    await heard(here.page, 'two, said into the void');
    await heard(there.page, 'three, while the other is away');
    await say(there.page, 'four');
    await heard(here.page, 'four');

    await there.page.waitForFunction(() => !document.querySelector('.comment-kept, .comment-sending'));
    const [one, other] = [await transcript(here.page), await transcript(there.page)];
    assert.deepEqual(other, one);
    assert.deepEqual(sorted(one), sorted(['one', 'two, said into the void', 'three, while the other is away', 'four']));
  } finally {
    await line.stop();
  }
}, platform);

test('words written offline survive the closing of the page', async ({ browser, url }) => {
  const { code } = await classOnAir(url, 'Closed too soon');
  const line = await cutting(url);
  try {
    const here = await guest(browser, url, code, 'Here');
    const { page, context } = await guest(browser, line.url, code, 'Gone');
    line.cut();
    await say(page, 'said before the page was closed');
    await page.getByText('Kept on this device').waitFor();
    line.mend();
    await page.reload();
    await page.locator('.room h1').waitFor();

    await heard(here.page, 'said before the page was closed');
    assert.equal(context.pages().length, 1);
  } finally {
    await line.stop();
  }
}, platform);

test('a class is followed by keyboard alone: comment, question, vote, older comments and back', async ({ browser, url }) => {
  const { code } = await classOnAir(url, 'By keyboard');
  const { page } = await guest(browser, url, code, 'Kay', { width: 1280, height: 800 });
  const other = await guest(browser, url, code, 'Other');
  for (let number = 1; number <= 14; number += 1) await say(page, `line ${number} of many\nwith a second\nand a third`);
  await heard(other.page, 'line 14 of many');

  await page.getByRole('tab', { name: 'Comments' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('textbox', { name: 'Ask the teacher' }).focus();
  await page.keyboard.type('Why does it work?');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await other.page.getByRole('tab', { name: /Questions/ }).press('Enter');
  await other.page.getByRole('button', { name: '0 votes: Why does it work?' }).press('Enter');
  await page.getByRole('button', { name: '1 vote: Why does it work?' }).waitFor();

  await page.getByRole('tab', { name: /Questions/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('log').focus();
  const back = page.getByRole('button', { name: 'Jump to latest' });
  // A key that comes before the panel was drawn scrolls nothing: one presses it again.
  for (let presses = 0; presses < 50 && !(await back.isVisible()); presses += 1) {
    await page.keyboard.press('PageUp');
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  }
  await back.waitFor();
  await other.page.getByRole('tab', { name: 'Comments' }).press('Enter');
  await say(other.page, 'something new');
  await page.getByRole('button', { name: '1 new, jump to latest' }).press('Enter');
  await heard(page, 'something new');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'log');
}, platform);

test('whoever is removed is out at once, and what is deleted is gone for all', async ({ browser, url }) => {
  const { id, code } = await classOnAir(url, 'In order');
  const rude = await guest(browser, url, code, 'Rude');
  const calm = await guest(browser, url, code, 'Calm');
  await say(rude.page, 'something rude');
  await heard(calm.page, 'something rude');

  await as('instructor', { browser, url }, `/live/${id}/host`, async (host) => {
    await heard(host, 'something rude');
    await host.getByRole('button', { name: 'Remove the comment of Rude' }).click({ force: true });
    await calm.page.getByText('Removed by a moderator').waitFor();
    await host.getByRole('tab', { name: 'People' }).click();
    await host.getByRole('button', { name: 'What to do for Rude' }).click();
    await host.getByRole('menuitem', { name: 'Remove from the class' }).click();

    await rude.page.getByText('You are not in this class any more').waitFor();
  });
  assert.equal(await calm.page.getByText('something rude').count(), 0);
}, platform);

/** The same page in another look: what a reader changes in the settings, without coming in anew. */
async function wear(page, { theme = 'light', width, height = 900 }) {
  await page.setViewportSize({ width, height });
  await page.evaluate(
    (theme) =>
      new Promise((resolve) => {
        document.documentElement.dataset.theme = theme;
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50)));
      }),
    theme,
  );
}

test('the room and its console are free of axe violations and fit every width', async ({ browser, url }) => {
  const { id, code } = await classOnAir(url, 'In every look');
  const rooms = [
    [await guest(browser, url, code, 'Looker', LOOKS[0]), [LOOKS[0], LOOKS[3], LOOKS[6]]],
    [await guest(browser, url, code, 'ناظر', LOOKS[5]), [LOOKS[5], LOOKS[7]]],
  ];
  for (const [{ page }, looks] of rooms) {
    for (const look of looks) {
      await wear(page, look);
      assert.deepEqual(await axe(page), [], nameOf(look));
      assert.deepEqual(await sideways(page), [], nameOf(look));
    }
  }
  await as('instructor', { browser, url }, `/live/${id}/host`, async (page) => {
    await page.locator('.host-card').first().waitFor();
    for (const look of [LOOKS[0], LOOKS[3], LOOKS[6]]) {
      await wear(page, look);
      assert.deepEqual(await axe(page), [], `console, ${nameOf(look)}`);
      assert.deepEqual(await sideways(page), [], `console, ${nameOf(look)}`);
    }
  });
}, platform);

for (const [look, states] of [
  [{ width: 1440 }, ['live', 'asked', 'back', 'ended', 'muted', 'consent']],
  [{ theme: 'dark', width: 390, height: 844 }, ['host', 'declined', 'console']],
  [{ locale: 'ar', width: 320, height: 640 }, ['ballot', 'asked', 'console']],
]) {
  test(`the states of a room are free of axe violations, ${nameOf(look)}`, async ({ browser, url }) => {
    const { page, errors } = await open(browser, `${url}/dev/live`, look);
    for (const state of states) {
      await page.goto(`${url}/dev/live?state=${state}`, { waitUntil: 'domcontentloaded' });
      await page.locator('h1').first().waitFor();
      await quiet(page);
      assert.deepEqual(await axe(page), [], state);
      assert.deepEqual(await sideways(page), [], state);
    }
    assert.deepEqual(errors, []);
  });
}
