import assert from 'node:assert/strict';

import { axe, open, quiet, sideways } from './browser.mjs';
import { account, apiOf, publish, tone } from './course.mjs';
import { CHAPTERS, FILM_S, SRT } from './lessons.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const name = `e2e-${Date.now()}`;
let made;
/** One course for the file; each test brings what it needs of it. */
function course(url) {
  made ??= publish(url, name, CHAPTERS, { 'course/static/tone.wav': tone(FILM_S), 'course/static/tone.srt': SRT });
  return made;
}

async function learner(browser, url, path, look) {
  const { email, password } = account('learner');
  const { page, context, errors } = await open(browser, `${url}/login`, look);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('main button[type=submit]').press('Enter');
  await page.waitForURL('**/home');
  await page.goto(url + path);
  await page.locator('h1').first().waitFor();
  return { page, context, errors };
}

async function enrolled(url) {
  const { slug } = await course(url);
  await (await apiOf(url, 'learner'))('POST', `/enrollment/courses/${slug}/enrol`);
  return slug;
}

async function unitNamed(url, slug, title) {
  const outline = await (await apiOf(url, 'learner'))('GET', `/learn/${slug}/outline`);
  const units = [];
  const walk = (node) => (node.kind === 'unit' ? units.push(node) : node.children.forEach(walk));
  outline.sections.forEach(walk);
  return `/learn/${slug}/${units.find((unit) => unit.title === title).id}`;
}

const problem = (page, title) => page.locator('form.problem').filter({ has: page.getByRole('heading', { name: title }) });

test('without a seat one is asked to enrol, and does so by keyboard', async ({ browser, url }) => {
  const { slug } = await course(url);
  const { page, errors } = await learner(browser, url, `/learn/${slug}`);

  await page.getByRole('heading', { name: 'Enrol to study this course' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'Enrol' }).press('Enter');

  await page.getByRole('heading', { level: 1, name: `Course ${name}` }).waitFor();
  await page.getByRole('link', { name: /^Start/ }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Read this' }).waitFor();
  assert.deepEqual(errors, []);
});

test('a unit is marked once it was on screen, and the next one is named', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page } = await learner(browser, url, await unitNamed(url, slug, 'Read this'));
  const outline = page.getByRole('complementary', { name: 'Course outline' });

  await outline.getByRole('link', { name: 'Read this Done' }).waitFor();
  assert.equal(await page.locator('.prose math').count(), 1);
  await page.getByRole('link', { name: 'Next: Answer this' }).press('Enter');

  await page.getByRole('heading', { level: 1, name: 'Answer this' }).waitFor();
  await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  assert.match(await outline.locator('[aria-current=page]').innerText(), /^Answer this/);
});

test('a draft is kept, and is there after a reload', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page } = await learner(browser, url, await unitNamed(url, slug, 'Answer this'));
  const field = () => problem(page, 'Two parts').getByLabel('The city of the Stoa');

  await field().fill('Corinth');
  await problem(page, 'Two parts').getByText(/^Saved/).waitFor();
  await page.reload();

  await field().waitFor();
  assert.equal(await field().inputValue(), 'Corinth');
  await problem(page, 'Two parts').getByText('Its columns & walls were').first().waitFor();
});

test('a problem is answered by keyboard: hint, wrong, right, all said in words', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page, errors } = await learner(browser, url, await unitNamed(url, slug, 'Answer this'));
  const form = problem(page, 'Roman animal');
  const group = form.getByRole('group', { name: 'Which animal stood for Rome?' }).or(form.getByRole('radiogroup', { name: 'Which animal stood for Rome?' }));
  const status = () => page.locator('body > [role=status]');

  await form.getByRole('button', { name: 'Check answer' }).press('Enter');
  await form.getByText('Answer the question first.').waitFor();
  await form.getByRole('button', { name: 'Give me a hint' }).press('Enter');
  await form.getByText('It howls.').waitFor();
  await group.getByRole('radio', { name: 'A lion' }).press('Space');
  await form.getByRole('button', { name: 'Check answer' }).press('Enter');
  await form.getByText('Lions stood elsewhere.').waitFor();
  await form.getByText('Not correct yet.').first().waitFor();
  await form.getByText('2 attempts left of 3').waitFor();
  await group.getByRole('radio', { name: 'A lion' }).focus();
  await page.keyboard.press('ArrowDown');
  await form.getByRole('button', { name: 'Check again' }).press('Enter');
  await page.waitForFunction((region) => region.textContent.startsWith('Correct.'), await status().elementHandle());

  await form.getByText('Correct. 1 of 1 point.').waitFor();
  await form.locator('summary', { hasText: 'Show the solution' }).press('Enter');
  await form.locator('.solution-keys').getByText('A wolf').waitFor();
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(errors, []);
});

test('an answer given without a network is sent once the network is back', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page, context } = await learner(browser, url, await unitNamed(url, slug, 'Answer this'));
  const form = problem(page, 'A sum');
  await form.getByLabel('What is five and seven?').waitFor();

  await context.setOffline(true);
  await form.getByLabel('What is five and seven?').fill('12');
  await form.getByRole('button', { name: 'Check answer' }).press('Enter');
  await form.getByText(/Your answer is kept on this device/).waitFor();
  await context.setOffline(false);

  await form.getByText('Correct. 1 of 1 point.').waitFor();
});

test('a film plays on demand, its words move it, and what was watched is counted', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page, errors } = await learner(browser, url, await unitNamed(url, slug, 'Listen to this'));
  const told = page.waitForRequest((request) => request.url().endsWith('/watched'));
  assert.equal(await page.locator('video').count(), 0);

  await page.getByText('Done when you have watched 90%').waitFor();
  await page.getByRole('button', { name: /A tone/ }).press('Enter');
  await page.waitForFunction(() => document.querySelector('video')?.currentTime > 0.5);
  await page.locator('summary', { hasText: 'Transcript' }).press('Enter');
  await page.getByRole('searchbox', { name: 'Search in the transcript' }).fill('line 4');
  await page.getByRole('button', { name: /Spoken line 4/ }).press('Enter');
  await page.waitForFunction(() => document.querySelector('video').currentTime >= 6 && document.querySelector('.transcript [aria-current]'));
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'Pause' }).press('Enter');

  const { intervals, duration_s: duration } = (await told).postDataJSON();
  assert.ok(intervals.length >= 1 && Math.abs(duration - FILM_S) < 0.2, JSON.stringify(intervals));
  assert.ok(intervals.every(([from, to]) => to - from < 5), 'the jump itself is not watched');
  await page.getByRole('button', { name: 'Mark as done' }).press('Enter');
  await page.locator('.completion-rule.is-done').waitFor();
  assert.deepEqual(errors, []);
});

test('a page with scripts has a storage, and one that only brings styles takes no room', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page, context, errors } = await learner(browser, url, await unitNamed(url, slug, 'Pages with scripts'));

  await page.frameLocator('iframe[title="Counter"]').getByText('kept 42 of 0').waitFor();
  await page.waitForFunction(() => document.querySelector('iframe[title="Styles"]').getBoundingClientRect().height === 0);
  assert.ok(await page.locator('iframe[title="Counter"]').evaluate((frame) => frame.getBoundingClientRect().height > 20));
  assert.deepEqual(errors, []);
  await context.close();
});

test('a page of another host is framed by the content origin, and authors cannot lie over the application', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const there = await unitNamed(url, slug, 'A page of others');
  const { page, context, errors } = await learner(browser, url, '/home');
  await context.route('https://films.example/**', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>A film of theirs</h1><script>document.title = "ran"; document.body.append(origin)</script>' }));
  await page.addInitScript(() => {
    globalThis.refused = [];
    document.addEventListener('securitypolicyviolation', (event) => globalThis.refused.push(`${event.violatedDirective}: ${event.blockedURI}`));
  });

  await page.goto(url + there);
  const frame = page.frameLocator('.embed iframe').frameLocator('iframe');
  await frame.getByRole('heading', { name: 'A film of theirs' }).waitFor();
  await frame.getByText('https://films.example').waitFor();

  assert.deepEqual(await page.evaluate(() => globalThis.refused), []);
  const lies = page.getByText('Mine now');
  await lies.waitFor({ state: 'attached' });
  assert.equal(await page.locator('[id="root"]').count(), 1, 'the application has its id for itself');
  assert.equal(await lies.getAttribute('id'), 'c-root');
  const onTop = await page.evaluate(() => {
    scrollTo(0, 0);
    return [...document.querySelectorAll('header a, header button')].map((control) => {
      const box = control.getBoundingClientRect();
      const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return box.width === 0 || control.contains(hit) || hit?.contains(control);
    });
  });
  assert.ok(onTop.length > 0 && onTop.every(Boolean), 'what the application shows can be reached');
  // The tests prepare localStorage in every frame; the sandboxed ones have none.
  assert.deepEqual(errors.filter((error) => !error.includes('localStorage')), []);
});

test('what is not open yet says when it opens', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page } = await learner(browser, url, await unitNamed(url, slug, 'Not open'));

  await page.getByRole('heading', { name: 'This part is not open yet' }).waitFor();
  await page.getByText(/It opens .*2099/).waitFor();
  assert.deepEqual(await axe(page), []);
});

test('the home goes on where one was, and the course is there with its percentage', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page } = await learner(browser, url, '/home');
  const resume = page.locator('.resume');

  await resume.getByRole('link', { name: /Continue|Start/ }).waitFor();
  await page.getByRole('link', { name: `Course ${name}`, exact: true }).first().press('Enter');

  await page.waitForURL(`**/learn/${slug}`);
});

test('a course that is done says so', async ({ browser, url }) => {
  const tiny = await publish(url, `${name}-tiny`, '<chapter display_name="All" url_name="c"><sequential display_name="Of it" url_name="s"><vertical display_name="Only this" url_name="v"><html url_name="h"><![CDATA[<p>That is all.</p>]]></html></vertical></sequential></chapter>');
  await (await apiOf(url, 'learner'))('POST', `/enrollment/courses/${tiny.slug}/enrol`);
  const { page } = await learner(browser, url, `/learn/${tiny.slug}`);

  await page.getByRole('link', { name: /^Start/ }).press('Enter');
  await page.getByRole('complementary', { name: 'Course outline' }).getByRole('link', { name: 'Only this Done' }).waitFor();
  await page.getByRole('link', { name: 'See your progress' }).press('Enter');

  await page.getByRole('heading', { name: 'You completed the course' }).waitFor();
  await page.getByText('1 of 1 part done').first().waitFor();
  assert.deepEqual(await axe(page), []);
});

test('on a phone the outline opens in a dialog and goes away with a choice', async ({ browser, url }) => {
  const slug = await enrolled(url);
  const { page } = await learner(browser, url, await unitNamed(url, slug, 'Read this'), { width: 390, height: 844 });

  await page.getByRole('button', { name: 'Outline' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Course outline' });
  await dialog.getByRole('link', { name: /^Answer this/ }).press('Enter');

  await page.getByRole('heading', { level: 1, name: 'Answer this' }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const isAtTheThumb = (name) => [...document.querySelectorAll('nav')].some((nav) => nav.getAttribute('aria-label') === name && nav.getBoundingClientRect().y > 600);
  await page.waitForFunction(isAtTheThumb, 'Between lessons');
});

const PLACES = ['home', 'overview', 'Read this', 'Answer this', 'Listen to this', 'progress'];
for (const [theme, locale, width] of [
  ['light', 'en', 390],
  ['dark', 'en', 1440],
  ['light', 'ar', 1440],
  ['dark', 'ar', 390],
]) {
  test(`no axe violations and nothing that scrolls sideways, ${theme}, ${locale}, ${width} px, down to 320`, async ({ browser, url }) => {
    const slug = await enrolled(url);
    const { page, errors } = await learner(browser, url, '/home', { theme, locale, width });
    for (const place of PLACES) {
      const path = { home: '/home', overview: `/learn/${slug}`, progress: `/learn/${slug}/progress` }[place] ?? (await unitNamed(url, slug, place));
      await page.goto(url + path);
      await page.locator('h1').first().waitFor();
      await quiet(page);

      assert.deepEqual(await axe(page), [], place);
      assert.deepEqual(await sideways(page), [], place);
      await page.setViewportSize({ width: 320, height: 800 });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.deepEqual(await sideways(page), [], `${place}, 320 px`);
      await page.setViewportSize({ width, height: 900 });
    }
    assert.deepEqual(errors, []);
  });
}
