import assert from 'node:assert/strict';

import { axe, sideways } from './browser.mjs';
import { apiOf } from './course.mjs';
import { classOnAir, guest, showBoard } from './live.mjs';
import { as } from './staff.mjs';

const { e2eTest: test } = globalThis;
const platform = { needs: 'platform' };

const onBoard = (page, words) => page.locator('.board-words li', { hasText: words }).waitFor({ state: 'attached' });
const canvasOf = (page) => page.locator('.board-canvas canvas.interactive');

/** A stroke by hand, from corner to corner of the canvas. */
async function stroke(page) {
  await page.getByRole('radio', { name: /^Draw/ }).check({ force: true });
  const box = await canvasOf(page).boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5);
  await page.mouse.down();
  for (let step = 1; step <= 8; step += 1) await page.mouse.move(box.x + box.width * (0.4 + step * 0.03), box.y + box.height * (0.5 + (step % 2) * 0.1));
  await page.mouse.up();
}

test('what the teacher draws appears at everybody\'s, survives a reload, and is wiped for all', async ({ browser, url }) => {
  const { id, code } = await classOnAir(url, 'On the board');
  const phone = await guest(browser, url, code, 'Gael');
  await as('instructor', { browser, url }, `/live/${id}`, async (host, errors) => {
    await showBoard(host);
    await stroke(host);
    await onBoard(phone.page, '1 stroke by hand');

    await host.getByRole('textbox', { name: 'Words for the board' }).fill('x = 3');
    await host.keyboard.press('Enter');
    await onBoard(phone.page, 'x = 3');
    const late = await guest(browser, url, code, 'Late');
    await onBoard(late.page, '1 stroke by hand');
    await phone.page.reload();
    await onBoard(phone.page, '1 stroke by hand');
    await onBoard(phone.page, 'x = 3');
    await canvasOf(phone.page).waitFor();
    await host.reload();
    await onBoard(host, '1 stroke by hand');

    await host.getByRole('button', { name: 'Wipe the board' }).click();
    await host.getByRole('dialog').getByRole('button', { name: 'Wipe the board' }).click();
    for (const page of [host, phone.page, late.page]) await page.getByText('Nothing is on the board yet').waitFor();
    await canvasOf(host).waitFor();
    await host.getByRole('button', { name: 'Whiteboard', exact: true }).click();
    await phone.page.locator('.board').waitFor({ state: 'detached' });
    assert.deepEqual([...errors, ...phone.errors, ...late.errors], []);
  });
}, platform);

test('learners only look until the host lets everybody draw; a phone draws when its board fills the window', async ({ browser, url }) => {
  const { id, code } = await classOnAir(url, 'Everybody draws');
  const desk = await guest(browser, url, code, 'Desk', { width: 1280, height: 800 });
  const phone = await guest(browser, url, code, 'Phone');
  await as('instructor', { browser, url }, `/live/${id}`, async (host) => {
    await showBoard(host);
    await canvasOf(desk.page).waitFor();
    assert.equal(await desk.page.getByRole('radio', { name: /^Draw/ }).count(), 0);

    await host.getByRole('switch', { name: 'Everybody may draw' }).check();
    await desk.page.getByRole('radio', { name: /^Draw/ }).waitFor({ state: 'attached' });
    await stroke(desk.page);
    await onBoard(host, '1 stroke by hand');
    await phone.page.getByRole('button', { name: /^Draw:/ }).click();
    await stroke(phone.page);
    await onBoard(host, '2 strokes by hand');
    assert.deepEqual(await sideways(phone.page), []);
    await phone.page.getByRole('button', { name: 'Back to the class' }).click();
    await phone.page.getByRole('tab', { name: 'Comments' }).click();

    await host.getByRole('switch', { name: 'Everybody may draw' }).uncheck();
    await desk.page.getByText('You see what is drawn').waitFor();
    for (const page of [host, desk.page, phone.page]) assert.deepEqual(await axe(page), []);
  });
  assert.deepEqual([...desk.errors, ...phone.errors], []);
}, platform);

/** A picture among the organization's files, in one request. */
async function upload(url, name, bytes) {
  const teacher = await apiOf(url, 'instructor');
  const words = Object.entries({ filename: name, filetype: 'image/png', visibility: 'course' }).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  await teacher('POST', '/media/uploads', bytes, {
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes.length), 'upload-metadata': words.join(','), 'content-type': 'application/offset+octet-stream' },
    raw: true,
  });
}

test('slides have words, are turned by the keys of a clicker, and are read to who does not see them', async ({ browser, url }) => {
  const { id, code } = await classOnAir(url, 'With slides');
  const look = await guest(browser, url, code, 'Looker', { width: 1280, height: 800 });
  const name = `slide-${Date.now().toString(36)}`;
  await upload(url, `${name}.png`, await look.page.screenshot());
  await as('instructor', { browser, url }, `/live/${id}/host`, async (host, errors) => {
    for (const words of ['The plane x + y = 3', 'Two planes meet in a line']) {
      await host.getByRole('button', { name: 'Add a slide' }).click();
      const dialog = host.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'Search your files' }).fill(name);
      await dialog.getByRole('button', { name: `${name}.png` }).click();
      assert.equal(await dialog.getByRole('button', { name: 'Add', exact: true }).isDisabled(), true, 'a slide without words');
      await dialog.getByRole('textbox', { name: 'What is on it, in words' }).fill(words);
      assert.deepEqual(await axe(host), []);
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      await host.getByText(words).waitFor();
    }
    await host.locator('h1').click();
    await host.keyboard.press('PageDown');
    await look.page.getByRole('img', { name: 'The plane x + y = 3' }).waitFor();
    await look.page.locator('[role=status]', { hasText: 'Slide 1: The plane x + y = 3' }).waitFor({ state: 'attached' });
    await host.keyboard.press('PageDown');
    await look.page.getByRole('img', { name: 'Two planes meet in a line' }).waitFor();
    await host.keyboard.press('PageUp');
    await look.page.getByText('1 of 2').waitFor();
    await look.page.reload();
    const picture = look.page.getByRole('img', { name: 'The plane x + y = 3' });
    await picture.waitFor();
    assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), 'a guest sees the picture itself');
    assert.deepEqual([...(await axe(host)), ...(await axe(look.page))], []);

    await host.reload();
    await host.getByText('Two planes meet in a line').waitFor();
    await host.getByRole('button', { name: 'Move slide 2 up' }).click();
    await host.locator('.deck-slide', { hasText: 'Two planes' }).and(host.locator('.deck-slide:first-child')).waitFor();
    await host.getByRole('button', { name: 'Take the slides away' }).click();
    await picture.waitFor({ state: 'detached' });
    assert.deepEqual([...errors, ...look.errors], []);
  });
}, platform);
