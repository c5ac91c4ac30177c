// A film from an author's file to a learner's eyes: its ladder in hls.js, and a grant that ends in the middle.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { apiOf, publish } from './course.mjs';
import { as } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });
const CHAPTERS = '<chapter display_name="Films" url_name="c"><sequential display_name="All" url_name="s"><vertical display_name="The lamp" url_name="v"><video url_name="f" display_name="A lamp" html5_sources="[&quot;/static/none.mp4&quot;]"/></vertical></sequential></chapter>';

function aClip() {
  const path = join(mkdtempSync(join(tmpdir(), 'stoa-clip-')), 'lamp.mp4');
  try {
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=12:duration=16', '-metadata', `comment=${Date.now()}`, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-y', path]);
  } catch {
    return undefined;
  }
  return readFileSync(path);
}

async function until(look, ms = 90_000) {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 300))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error('it never came to be');
}

/** Upload by the page, wait for the ladder, and put the film into the course's only block. */
async function filmIn(at, course, clip) {
  await as('author', at, `/author/${course.id}/media`, async (page) => {
    await page.locator('main input[type=file]').first().setInputFiles({ name: 'lamp.mp4', mimeType: 'video/mp4', buffer: clip });
    await page.getByRole('link', { name: 'lamp.mp4' }).waitFor();
  });
  const author = await apiOf(at.url, 'author');
  await until(async () => (await author('GET', `/courses/${course.id}/assets`)).find((asset) => asset.name === 'lamp.mp4')?.has_ladder);
  const outline = await author('GET', `/courses/${course.id}/outline`);
  const unit = outline.sections[0].children[0].children[0];
  const content = { kind: 'video', sources: [{ url: 'asset:lamp.mp4', content_type: 'video/mp4' }] };
  await author('PATCH', `/courses/${course.id}/nodes/${unit.children[0].id}`, { content }, { headers: { 'if-match': `"${unit.children[0].version}"` } });
  await author('POST', `/courses/${course.id}/publish`, { note: 'film' });
  return unit.id;
}

test('an uploaded film plays from its ladder, goes on under a new grant, and the author reads how it is delivered', async (at) => {
  const clip = aClip();
  if (!clip) return console.log('     (no ffmpeg on this machine: the original is delivered, nothing to see)');
  const course = await publish(at.url, `films-${Date.now()}`, CHAPTERS);
  const unit = await filmIn(at, course, clip);
  await as('author', at, `/author/${course.id}/media`, async (page) => {
    await page.getByText('Learners get it in several sizes').waitFor();
  });
  const learner = await apiOf(at.url, 'learner');
  await learner('POST', `/enrollment/courses/${course.id}/enrol`);
  for (const isScripted of [true, false]) await watched(at, `/learn/${course.id}/${unit}`, { isScripted });
});

/** Play until the grant ends after the first piece, and on: by hls.js, and by the browser's own player where it has one. */
async function watched(at, path, { isScripted }) {
  await as('learner', at, path, async (page, errors) => {
    if (isScripted) {
      await page.addInitScript(() => {
        HTMLMediaElement.prototype.canPlayType = () => '';
      });
      await page.reload();
    } else if (!(await page.evaluate(() => document.createElement('video').canPlayType('application/vnd.apple.mpegurl')))) return;
    const seen = { asked: 0, refusedAt: undefined, pieces: 0, originals: 0 };
    page.on('request', (request) => {
      if (request.url().endsWith(path.split('/').at(-1)) && request.url().includes('/api/') && request.method() === 'GET') seen.asked += 1;
      if (request.url().endsWith('.mp4') && !request.url().includes('/signed/')) seen.originals += 1;
    });
    await page.route('**/signed/**', async (route) => {
      const isPiece = route.request().url().endsWith('.m4s');
      if (isPiece && seen.pieces >= 1 && seen.refusedAt === undefined) seen.refusedAt = seen.asked;
      if (seen.refusedAt !== undefined && seen.asked === seen.refusedAt) return route.fulfill({ status: 404, body: '' });
      seen.pieces += isPiece ? 1 : 0;
      return route.continue();
    });
    await page.getByRole('button', { name: /A lamp/ }).click();
    await page.waitForFunction(() => document.querySelector('video')?.currentTime > 5, undefined, { timeout: 90_000 });

    assert.notEqual(seen.refusedAt, undefined, 'a piece was refused in between');
    assert.ok(seen.asked > seen.refusedAt, 'the unit was asked for again');
    assert.equal(await page.evaluate(() => document.querySelector('video').currentSrc.startsWith('blob:')), isScripted);
    assert.equal(seen.originals, 0, 'the ladder played, not the original');
    assert.deepEqual(errors.filter((error) => !/404/.test(error)), []);
  });
}
