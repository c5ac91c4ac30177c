// What each role comes for, from signing in to done, with Tab, arrows, Enter and letters alone: nothing here is clicked or focused by the test.
import assert from 'node:assert/strict';

import { axe, open, quiet } from './browser.mjs';
import { account, apiOf, tar } from './course.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });
const FAR = 120;
const run = `keys-${Date.now()}`;
const LOOKS = [
  { theme: 'light', width: 1440 },
  { theme: 'dark', width: 390, height: 844 },
];
const titleOf = (number) => `Knots ${run} ${number}`;

const packed = (number) =>
  tar({
    'course/course.xml': `<course org="E2E" course="${run}-${number}" url_name="run"/>`,
    'course/course/run.xml': `<course display_name="${titleOf(number)}" language="en"><chapter display_name="Ropes" url_name="c1"><sequential display_name="Hitches" url_name="s1"><vertical display_name="A first hitch" url_name="v1"><html url_name="h1" display_name="Words"><![CDATA[<p>A hitch holds a rope to a post.</p>]]></html><problem url_name="p1" display_name="A hitch"><multiplechoiceresponse><label>What does a hitch hold?</label><choicegroup><choice correct="true">A rope</choice><choice correct="false">A note</choice></choicegroup></multiplechoiceresponse></problem></vertical></sequential></chapter></course>`,
  });

/** Press Tab until what has the focus is called that; the way there must not be endless. */
async function tabTo(page, name) {
  const passed = [];
  for (let step = 0; step < FAR; step += 1) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      return (element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? '').replace(/\s+/g, ' ').trim().slice(0, 120);
    });
    if (typeof name === 'string' ? here === name : name.test(here)) return;
    passed.push(here.slice(0, 30));
  }
  throw new Error(`Tab never came to ${name}: ${passed.slice(0, 40).join(' · ')}`);
}

async function press(page, name) {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

async function arrived(page, name) {
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await quiet(page);
}

async function signedIn(at, look, role) {
  const { email, password } = account(role);
  const { page, errors } = await open(at.browser, `${at.url}/login`, look);
  await tabTo(page, 'E-mail');
  await page.keyboard.type(email);
  await tabTo(page, 'Password');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await arrived(page, 'Your learning');
  return { page, errors };
}

for (const [number, look] of LOOKS.entries()) {
  const where = `${look.theme}, ${look.width} px`;

  test(`by keyboard: an author imports a package of Open edX, reads the report and publishes, ${where}`, async (at) => {
    const { page, errors } = await signedIn(at, look, 'author');
    await press(page, 'Author');
    await arrived(page, 'Your drafts');
    await press(page, 'Import a course');
    await arrived(page, 'Import a course');
    page.on('filechooser', (chooser) => chooser.setFiles({ name: `${run}-${number}.tar.gz`, mimeType: 'application/gzip', buffer: packed(number) }));
    await press(page, /^Choose a file/);
    await page.locator('main').getByText('The course is in.').waitFor();
    assert.deepEqual(await axe(page), []);
    await press(page, 'Open the draft');
    await arrived(page, 'Outline');
    await press(page, 'Check and publish');
    await arrived(page, 'Publish');
    await tabTo(page, /^What changed/);
    await page.keyboard.type('Knots for everybody');
    await press(page, 'Publish');
    await page.getByText('Learners read exactly this draft.').waitFor();

    assert.deepEqual(await axe(page), []);
    const mine = await (await apiOf(at.url, 'author'))('GET', '/courses?limit=200');
    const course = mine.items.find((each) => each.title === titleOf(number));
    assert.equal(course.state, 'published');
    assert.deepEqual(errors, []);
  });

  test(`by keyboard: a learner finds the course, enrols, answers and sees the progress, ${where}`, async (at) => {
    const { page, errors } = await signedIn(at, look, 'learner');
    await press(page, 'Explore');
    await arrived(page, 'Explore');
    await tabTo(page, /^Search courses/);
    await page.keyboard.type(titleOf(number));
    await page.keyboard.press('Enter');
    await page.waitForURL(/[?&]q=/);
    await page.getByRole('link', { name: titleOf(number) }).waitFor();
    await press(page, titleOf(number));
    await arrived(page, titleOf(number));
    await press(page, /^Enrol/);
    await page.waitForURL('**/learn/**');
    await arrived(page, titleOf(number));
    const read = page.waitForResponse((response) => response.url().endsWith('/viewed'));
    await press(page, /^Start/);
    await arrived(page, 'A first hitch');
    await page.locator('.problem input[type=radio]').first().waitFor();
    await tabTo(page, /^A rope/);
    await page.keyboard.press('Space');
    await press(page, 'Check answer');
    await page.locator('.verdict').getByText(/^Correct/).waitFor();
    assert.deepEqual(await axe(page), []);
    await read;
    await press(page, 'See your progress');
    await arrived(page, 'Progress');

    await page.getByText(/2 of 2 parts done/).first().waitFor();
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(errors, []);
  });

  test(`by keyboard: an instructor sees how the learner is doing, ${where}`, async (at) => {
    const { page, errors } = await signedIn(at, look, 'instructor');
    await press(page, 'Teach');
    await arrived(page, 'Teach');
    await press(page, titleOf(number));
    await arrived(page, 'People');
    await press(page, 'Leo Learner');
    await page.getByRole('dialog').getByRole('row', { name: /Ropes/ }).waitFor();
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');

    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.deepEqual(errors, []);
  });

  test(`by keyboard: an administrator adds a person and finds them, ${where}`, async (at) => {
    const { page, errors } = await signedIn(at, look, 'admin');
    const email = `${run}-${number}@learners.example`;
    await press(page, 'Admin');
    await arrived(page, 'Overview');
    await press(page, 'Users');
    await arrived(page, 'Users');
    await press(page, 'Add a person');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'E-mail');
    await page.keyboard.type(email);
    await tabTo(page, /^Name/);
    await page.keyboard.type(`Kim ${run}`);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await tabTo(page, /^Search by name/);
    await page.keyboard.type(run);

    await page.getByRole('row', { name: new RegExp(email) }).waitFor();
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(errors, []);
  });
}
