import assert from 'node:assert/strict';

import { axe, quiet, sideways } from './browser.mjs';
import { apiOf, tar } from './course.mjs';
import { as, LOOKS, nameOf } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const run = `staff-${Date.now()}`;
const page = (title, url_name) => `<vertical display_name="${title}" url_name="${url_name}"><html url_name="h-${url_name}" display_name="${title}"><![CDATA[<p>Words about ${title.toLowerCase()}.</p>]]></html></vertical>`;
const CHAPTERS = `
<chapter display_name="Harbours" url_name="c1"><sequential display_name="Quays" url_name="s1">${page('Stone', 'v1')}${page('Timber', 'v2')}${page('Ropes', 'v3')}</sequential></chapter>
<chapter display_name="Lighthouses" url_name="c2"><sequential display_name="Lamps" url_name="s2">${page('Oil', 'v4')}
  <vertical display_name="Mirrors" url_name="v5"><problem url_name="p1" display_name="A mirror"><multiplechoiceresponse><label>What does a mirror do with light?</label><choicegroup><choice correct="true">It throws it back</choice><choice correct="false">It keeps it</choice></choicegroup></multiplechoiceresponse></problem></vertical>
  <vertical display_name="Keepers" url_name="v6"><openassessment url_name="o1"><title>An essay on keepers</title></openassessment></vertical>
</sequential></chapter>`;

/** A small course of original words, packed as Open edX exports are. */
const packed = (name) => tar({ 'course/course.xml': `<course org="E2E" course="${name}" url_name="run"/>`, 'course/course/run.xml': `<course display_name="Sea ${name}" language="en">${CHAPTERS}</course>` });

let made;
/** The course that the first test imported through the page. */
async function imported({ browser, url }) {
  made ??= as('author', { browser, url }, '/author/import', async (page) => {
    await page.locator('input[type=file]').setInputFiles({ name: `${run}.tar.gz`, mimeType: 'application/gzip', buffer: packed(run) });
    await page.locator('main').getByText('The course is in.').waitFor({ timeout: 30_000 });
    const href = await page.getByRole('link', { name: 'Open the draft' }).getAttribute('href');
    return { id: href.split('/')[2], counts: await page.locator('.counts dd').allTextContents(), report: await reportOf(page) };
  });
  return made;
}

async function reportOf(page) {
  const heading = page.getByRole('heading', { name: 'Report' });
  await heading.waitFor();
  const first = await page.getByRole('radio', { checked: true }).evaluate((radio) => radio.parentElement.textContent);
  await page.getByText('Skipped', { exact: true }).first().click();
  const skipped = await page.locator('tbody tr').allTextContents();
  await page.getByText('All', { exact: true }).click();
  const all = await page.locator('tbody tr').count();
  await page.getByRole('searchbox', { name: /Filter by path/ }).fill('openassessment');
  await page.getByText(/^1 of /).waitFor();
  return { first, skipped, all };
}

async function outlineOf(url, course) {
  return (await apiOf(url, 'author'))('GET', `/courses/${course}/outline`);
}

const rowOf = (page, title) => page.getByRole('row', { name: title, exact: true });
const saved = (page, words) => page.locator('[data-saving=done]').filter({ hasText: words }).waitFor();

test('a dropped package becomes a draft, with a report of every part', async (at) => {
  const { counts, report } = await imported(at);

  const [found, whole, loss, skipped] = counts.map(Number);
  assert.equal(found, whole + loss + skipped);
  assert.equal(report.all, found);
  assert.equal(report.skipped.length, skipped);
  assert.match(report.skipped.join(), /openassessment/);
});

test('a package that is none is refused in words, and can be followed by another', async (at) => {
  await as('author', at, '/author/import', async (page) => {
    await page.locator('input[type=file]').setInputFiles({ name: 'holiday.tar.gz', mimeType: 'application/gzip', buffer: Buffer.from('not a package') });

    await page.locator('main').getByText('The import did not succeed').first().waitFor({ timeout: 30_000 });
    await page.getByText('Nothing was changed.').waitFor();
    await page.getByRole('link', { name: 'Import another' }).click();
    await page.getByText('Drop a course package here').waitFor();
  });
});

test('a part moves by keyboard: Enter on the grip, arrows, Enter; it is saved and said', async (at) => {
  const { id } = await imported(at);
  await as('author', at, `/author/${id}/outline`, async (page, errors) => {
    await rowOf(page, 'Stone').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Move Stone');
    await page.keyboard.press('Enter');
    for (let step = 0; step < 40 && !(await page.evaluate(() => /before Mirrors|between Oil and Mirrors/i.test(document.activeElement?.getAttribute('aria-label') ?? ''))); step += 1) {
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');

    await saved(page, 'Saved: moved Stone to Lamps');
    await page.waitForFunction(() => document.querySelector('body > [role=status]')?.textContent === 'Saved: moved Stone to Lamps');
    const { sections } = await outlineOf(at.url, id);
    assert.deepEqual(
      sections.map((section) => section.children[0].children.map((unit) => unit.title)),
      [
        ['Timber', 'Ropes'],
        ['Oil', 'Stone', 'Mirrors', 'Keepers'],
      ],
    );
    assert.deepEqual(errors, []);
  });
});

test('a part moves by mouse, and by the menu where dragging is hard', async (at) => {
  const { id } = await imported(at);
  await as('author', at, `/author/${id}/outline`, async (page) => {
    await rowOf(page, 'Ropes').dragTo(rowOf(page, 'Timber'), { targetPosition: { x: 200, y: 3 } });
    await saved(page, 'moved Ropes');
    await page.getByRole('button', { name: 'More for Ropes' }).click();
    await page.getByRole('menuitem', { name: 'Move down' }).press('Enter');

    await saved(page, 'moved Ropes to place 2');
    const { sections } = await outlineOf(at.url, id);
    assert.deepEqual(sections[0].children[0].children.map((unit) => unit.title), ['Timber', 'Ropes']);
  });
});

test('a part is added, renamed and removed; the menu is walked with arrows', async (at) => {
  const { id } = await imported(at);
  await as('author', at, `/author/${id}/outline`, async (page) => {
    await page.getByRole('button', { name: 'Add a section' }).press('Enter');
    await page.getByRole('dialog').getByRole('textbox', { name: 'Title' }).fill('Storms');
    await page.keyboard.press('Enter');
    await rowOf(page, 'Storms').waitFor();
    await page.getByRole('button', { name: 'More for Storms' }).press('Enter');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Rename');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('textbox', { name: 'Title' }).fill('Gales');
    await page.keyboard.press('Enter');
    await saved(page, 'renamed to Gales');
    await page.getByRole('button', { name: 'More for Gales' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Remove' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).press('Enter');

    await saved(page, 'removed Gales');
    await rowOf(page, 'Gales').waitFor({ state: 'detached' });
    assert.equal((await outlineOf(at.url, id)).sections.length, 2);
  });
});

test('what somebody else changed meanwhile is shown beside mine, never overwritten silently', async (at) => {
  const { id } = await imported(at);
  await as('author', at, `/author/${id}/outline`, async (page) => {
    await rowOf(page, 'Oil').waitFor();
    const author = await apiOf(at.url, 'author');
    const oil = (await outlineOf(at.url, id)).sections[1].children[0].children.find((unit) => unit.title === 'Oil');
    await fetchEdit(author, id, oil, 'Whale oil');
    await page.getByRole('button', { name: 'More for Oil' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Title' }).fill('Olive oil');
    await page.keyboard.press('Enter');

    const clash = page.getByRole('dialog', { name: 'Changed elsewhere' });
    await clash.getByText('Whale oil').waitFor();
    await clash.getByText('Rename it to Olive oil').waitFor();
    assert.deepEqual(await axe(page), []);
    await clash.getByRole('button', { name: 'Rename anyway' }).press('Enter');
    await saved(page, 'renamed to Olive oil');
    await clash.waitFor({ state: 'hidden' });
  });
});

/** Another author's hand: the same change over the API. */
async function fetchEdit(author, course, node, title) {
  await author('PATCH', `/courses/${course}/nodes/${node.id}`, { title }, { headers: { 'if-match': `"${node.version}"` } });
}

test('words typed into the editor are saved by themselves and stay after a reload', async (at) => {
  const { id } = await imported(at);
  const unit = (await outlineOf(at.url, id)).sections[0].children[0].children.find((each) => each.title === 'Timber');
  await as('author', at, `/author/${id}/unit/${unit.id}`, async (page, errors) => {
    await page.getByRole('button', { name: 'Edit Timber' }).press('Enter');
    const text = page.getByRole('textbox', { name: 'Text' });
    await text.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' Oak lasts.');
    await page.getByText(/^Saved \d/).first().waitFor();
    await page.getByRole('button', { name: 'Bold' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Italic');
    assert.deepEqual(await axe(page), []);
    await page.getByRole('button', { name: 'Done' }).press('Enter');
    await page.getByText('Words about timber. Oak lasts.').waitFor();
    const kept = await (await apiOf(at.url, 'author'))('GET', `/courses/${id}/nodes/${unit.children[0].id}`);

    assert.equal(kept.content.html.trim(), '<p>Words about timber. Oak lasts.</p>');
    assert.deepEqual(errors, []);
  });
});

test('a problem is shown as learners see it, its settings are saved as a new version', async (at) => {
  const { id } = await imported(at);
  const unit = (await outlineOf(at.url, id)).sections[1].children[0].children.find((each) => each.title === 'Mirrors');
  await as('author', at, `/author/${id}/unit/${unit.id}`, async (page) => {
    await page.getByText('What does a mirror do with light?').first().waitFor();
    assert.equal(await page.getByRole('radio', { name: 'It throws it back' }).count(), 1);
    await page.getByRole('button', { name: 'Edit A mirror' }).click();
    await page.getByRole('textbox', { name: 'Attempts' }).fill('2');
    await page.getByRole('button', { name: 'Save the problem' }).click();
    await page.getByText('Problem saved').first().waitFor();
    const problem = await (await apiOf(at.url, 'author'))('GET', `/courses/${id}/nodes/${unit.children[0].id}/problem`);

    assert.equal(problem.max_attempts, 2);
  });
});

test('settings are saved as they are changed', async (at) => {
  const { id } = await imported(at);
  const unit = (await outlineOf(at.url, id)).sections[1].children[0].children.find((each) => each.title === 'Keepers');
  await as('author', at, `/author/${id}/outline?node=${unit.id}`, async (page) => {
    await page.getByRole('switch', { name: /Hidden from learners/ }).press('Space');
    await page.getByText(/^Saved \d/).first().waitFor();

    const kept = await (await apiOf(at.url, 'author'))('GET', `/courses/${id}/nodes/${unit.id}`);
    assert.equal(kept.settings.hidden, true);
    await rowOf(page, 'Keepers').getByText('Hidden', { exact: true }).waitFor();
  });
});

test('the course is checked, published with a note, published again with what changes, and rolled back', async (at) => {
  const { id } = await imported(at);
  await as('author', at, `/author/${id}/publish`, async (page) => {
    await page.getByText(/\d+ warning/).waitFor();
    await page.getByRole('textbox', { name: /What changed/ }).fill('First edition');
    await page.getByRole('button', { name: 'Publish', exact: true }).press('Enter');
    await page.getByText('Learners read exactly this draft.').waitFor();

    const author = await apiOf(at.url, 'author');
    const unit = (await outlineOf(at.url, id)).sections[0].children[0].children[0];
    await fetchEdit(author, id, unit, 'Hewn timber');
    await page.reload();
    await page.getByRole('heading', { name: 'What changes for learners' }).waitFor();
    await page.getByRole('link', { name: 'Hewn timber' }).waitFor();
    await page.getByRole('button', { name: 'Publish', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Roll back to this' }).waitFor();
    await page.getByRole('button', { name: 'Roll back to this' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back to this' }).press('Enter');

    await page.getByRole('row', { name: /Rolled back to version 1/ }).waitFor();
    const snapshots = await author('GET', `/courses/${id}/snapshots`);
    assert.equal(snapshots.length, 3);
    assert.equal(snapshots[0].snapshot, snapshots[2].snapshot);
  });
});

test('the draft is exported as a package that can be fetched', async (at) => {
  const { id } = await imported(at);
  await as('author', at, `/author/${id}/publish`, async (page) => {
    await page.getByRole('button', { name: 'Export the draft' }).press('Enter');
    const link = page.getByRole('link', { name: /^Download \(/ });
    await link.waitFor({ timeout: 30_000 });

    const answer = await page.request.get(new URL(await link.getAttribute('href'), at.url).href);
    assert.equal(answer.status(), 200);
    assert.equal((await answer.body()).subarray(0, 2).toString(), 'PK');
  });
});

for (const look of LOOKS) {
  test(`authoring is free of axe violations and reaches no wider than the page: ${nameOf(look)}`, async (at) => {
    const { id } = await imported(at);
    const { sections } = await outlineOf(at.url, id);
    const units = sections.flatMap((section) => section.children.flatMap((part) => part.children));
    const text = units.find((unit) => unit.children[0]?.block_kind === 'html');
    const problem = units.find((unit) => unit.children[0]?.block_kind === 'problem');
    const paths = ['/author', '/author/import', `/author/${id}/outline?node=${text.id}`, `/author/${id}/details`, `/author/${id}/publish`, `/author/${id}/unit/${text.id}?node=${text.children[0].id}`, `/author/${id}/unit/${problem.id}`];
    await as(
      'author',
      at,
      '/author',
      async (page) => {
        for (const path of paths) {
          await page.goto(at.url + path);
          await page.locator('h1').first().waitFor();
          await quiet(page);
          assert.deepEqual([path, ...(await axe(page)), ...(await sideways(page))], [path]);
        }
      },
      look,
    );
  });
}
