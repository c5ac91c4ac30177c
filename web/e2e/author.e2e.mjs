import assert from 'node:assert/strict';

import { axe, quiet, sideways } from './browser.mjs';
import { apiOf } from './course.mjs';
import { fetchEdit, imported, openMenu, outlineOf, rowOf, saved } from './draft.mjs';
import { as, LOOKS, nameOf } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

test('a dropped package becomes a draft, with a report of every part', async (at) => {
  const { counts, report } = await imported(at);

  const [found, whole, loss, skipped] = counts.map(Number);
  assert.equal(found, whole + loss + skipped);
  assert.equal(report.all, found);
  assert.equal(report.skipped.length, skipped);
  assert.equal(report.first, 'To look at');
  assert.match(report.skipped.join(), /in Keepers.*openassessment.*Put something else in its place/s);
});

test('a package that is none is refused in words, and can be followed by another', async (at) => {
  await as('author', at, '/author/import', async (page) => {
    await page.locator('input[type=file]').setInputFiles({ name: 'holiday.tar.gz', mimeType: 'application/gzip', buffer: Buffer.from('not a package') });

    await page.locator('main').getByText('The import did not succeed').first().waitFor();
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
    await openMenu(page, 'Storms');
    await page.waitForFunction(() => document.activeElement.getAttribute('role') === 'menuitem');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Rename');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('textbox', { name: 'Title' }).fill('Gales');
    await page.keyboard.press('Enter');
    await saved(page, 'renamed to Gales');
    await openMenu(page, 'Gales');
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
    await link.waitFor();

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
    const paths = ['/author', '/author/import', `/author/${id}/outline?node=${text.id}`, `/author/${id}/media`, `/author/${id}/details`, `/author/${id}/publish`, `/author/${id}/unit/${text.id}?node=${text.children[0].id}`, `/author/${id}/unit/${problem.id}`];
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
