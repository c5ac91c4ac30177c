import assert from 'node:assert/strict';

import { axe } from './browser.mjs';
import { apiOf } from './course.mjs';
import { imported, outlineOf, rowOf } from './draft.mjs';
import { as } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

test('words typed into the editor are saved by themselves and stay after a reload', async (at) => {
  const { id } = await imported(at);
  // Other tests move and rename its unit.
  const units = (await outlineOf(at.url, id)).sections.flatMap((section) => section.children).flatMap((part) => part.children);
  const unit = units.find((each) => each.children.some((block) => block.title === 'Timber'));
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

test('a picture is uploaded in pieces, listed, and put into the text with what it shows', async (at) => {
  const { id } = await imported(at);
  const unit = (await outlineOf(at.url, id)).sections[0].children[0].children.find((each) => each.title === 'Ropes');
  const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await as('author', at, `/author/${id}/media`, async (page) => {
    await page.locator('input[type=file]').setInputFiles({ name: 'knot.png', mimeType: 'image/png', buffer: dot });
    await page.getByRole('link', { name: 'knot.png' }).waitFor();
    assert.deepEqual(await axe(page), []);
    await page.goto(`${at.url}/author/${id}/unit/${unit.id}?node=${unit.children[0].id}`);
    await page.getByRole('textbox', { name: 'Text' }).click();
    await page.getByRole('button', { name: 'Picture' }).click();
    await page.getByRole('combobox', { name: 'File of this course' }).selectOption({ label: 'knot.png' });
    await page.getByRole('textbox', { name: 'What the picture shows' }).fill('A bowline');
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await page.getByText(/^Saved \d/).first().waitFor();

    const kept = await (await apiOf(at.url, 'author'))('GET', `/courses/${id}/nodes/${unit.children[0].id}`);
    assert.match(kept.content.html, /<img[^>]*src="asset:knot\.png"[^>]*alt="A bowline"|<img[^>]*alt="A bowline"[^>]*src="asset:knot\.png"/);
  });
});

test('a file that a text uses is not removed, and the refusal names the text; one that nothing uses goes', async (at) => {
  const { id } = await imported(at);
  // Whatever other tests have moved or taken away, some unit begins with a text.
  const parts = (await outlineOf(at.url, id)).sections.flatMap((section) => section.children);
  const unit = parts.flatMap((part) => part.children).find((each) => each.children[0]?.block_kind === 'html');
  const author = await apiOf(at.url, 'author');
  const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
  await as('author', at, `/author/${id}/media`, async (page) => {
    await page.locator('input[type=file]').setInputFiles({ name: 'lamp.png', mimeType: 'image/png', buffer: dot });
    await page.getByRole('link', { name: 'lamp.png' }).waitFor();
    const block = await author('GET', `/courses/${id}/nodes/${unit.children[0].id}`);
    const changed = await author('PATCH', `/courses/${id}/nodes/${block.id}`, { content: { kind: 'html', html: '<p><img src="asset:lamp.png" alt="A lamp"></p>' } }, { headers: { 'if-match': `"${block.version}"` } });

    await page.getByRole('button', { name: 'Remove lamp.png' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Remove lamp.png?' });
    await dialog.getByRole('button', { name: 'Remove' }).press('Enter');
    await dialog.getByRole('alert').getByText(block.title, { exact: true }).waitFor();
    assert.deepEqual(await axe(page), []);

    await author('PATCH', `/courses/${id}/nodes/${block.id}`, { content: { kind: 'html', html: '<p>Words about oil.</p>' } }, { headers: { 'if-match': `"${changed.version}"` } });
    await dialog.getByRole('button', { name: 'Remove' }).press('Enter');
    await page.getByText('lamp.png is removed').first().waitFor();
    await page.getByRole('link', { name: 'lamp.png' }).waitFor({ state: 'detached' });
    const { items } = await author('GET', '/media/assets?q=lamp.png');

    assert.deepEqual(items.map((each) => each.name), []);
  });
});

test('an author’s and a teacher’s address may name the course by its slug', async (at) => {
  const { id } = await imported(at);
  const { slug } = (await (await apiOf(at.url, 'author'))('GET', `/courses/${id}`)).fields;
  await as('author', at, `/author/${slug}/media?node=x`, async (page) => {
    await page.getByRole('heading', { level: 1, name: 'Files' }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/author/${id}/media`);
  });
  await as('admin', at, `/teach/${slug}/people?q=lea`, async (page) => {
    await page.waitForURL(`${at.url}/teach/${id}/people?q=lea`);
  });
});

test('of two texts for one block neither is lost: both are shown and the author chooses', async (at) => {
  const { id } = await imported(at);
  const unit = (await outlineOf(at.url, id)).sections[0].children[0].children.find((each) => each.title === 'Ropes');
  const block = unit.children[0];
  const author = await apiOf(at.url, 'author');
  await as('author', at, `/author/${id}/unit/${unit.id}`, async (page) => {
    await page.getByRole('button', { name: 'Edit Ropes' }).press('Enter');
    await page.getByRole('textbox', { name: 'Text' }).waitFor();
    await author('PATCH', `/courses/${id}/nodes/${block.id}`, { content: { kind: 'html', html: '<p>Hemp, says the other.</p>' } }, { headers: { 'if-match': `"${block.version}"` } });
    await page.getByRole('textbox', { name: 'Text' }).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' Sisal, say I.');

    const clash = page.getByRole('dialog', { name: 'Changed elsewhere' });
    await clash.getByText('Hemp, says the other.').waitFor();
    await clash.getByText('Sisal, say I.').waitFor();
    assert.deepEqual(await axe(page), []);
    await clash.getByRole('button', { name: 'Keep mine' }).press('Enter');
    await clash.waitFor({ state: 'hidden' });
    await page.getByText(/^Saved \d/).first().waitFor();
    const kept = await author('GET', `/courses/${id}/nodes/${block.id}`);

    assert.match(kept.content.html, /Sisal, say I\./);
  });
});

test('who else has the editor open stands in its bar by name, until they close it', async (at) => {
  const { id } = await imported(at);
  const admin = await apiOf(at.url, 'admin');
  await as('author', at, `/author/${id}/outline`, async (page) => {
    await page.getByRole('treegrid').or(page.getByRole('tree')).first().waitFor();
    const { editors } = await admin('POST', `/courses/${id}/presence`, {});
    assert.equal(editors.length, 1, 'the page has said that it is there');
    const line = page.locator('.presence');
    await line.getByText(/ is editing too/).waitFor();
    assert.deepEqual(await axe(page), []);
    await admin('DELETE', `/courses/${id}/presence`);
    // Who comes back to the page is told at once; above it was told by itself.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await line.getByText(/ is editing too/).waitFor({ state: 'detached' });
  });
});
