// The draft that the authoring tests share: a small course of original words, imported once through the page.
import { apiOf, tar } from './course.mjs';
import { as } from './staff.mjs';

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
export async function imported({ browser, url }) {
  made ??= as('author', { browser, url }, '/author/import', async (page) => {
    await page.locator('input[type=file]').setInputFiles({ name: `${run}.tar.gz`, mimeType: 'application/gzip', buffer: packed(run) });
    await page.locator('main').getByText('The course is in.').waitFor();
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
  await page.getByRole('searchbox', { name: /Filter by title/ }).fill('openassessment');
  await page.getByText(/^1 of /).waitFor();
  return { first, skipped, all };
}

export async function outlineOf(url, course) {
  return (await apiOf(url, 'author'))('GET', `/courses/${course}/outline`);
}

export const rowOf = (page, title) => page.getByRole('row', { name: title, exact: true });
export const saved = (page, words) => page.locator('[data-saving=done]').filter({ hasText: words }).waitFor();

/** Another author's hand: the same change over the API. */
export async function fetchEdit(author, course, node, title) {
  await author('PATCH', `/courses/${course}/nodes/${node.id}`, { title }, { headers: { 'if-match': `"${node.version}"` } });
}

/** The menu of a row by keyboard alone: arrows lead from the row to its buttons. */
export async function openMenu(page, title) {
  await rowOf(page, title).focus();
  for (let step = 0; step < 5 && (await page.evaluate(() => document.activeElement.getAttribute('aria-label'))) !== `More for ${title}`; step += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
}
