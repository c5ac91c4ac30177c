import assert from 'node:assert/strict';

import { axe } from './browser.mjs';
import { apiOf, publish } from './course.mjs';
import { as } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const CHAPTERS = `
<chapter display_name="Elsewhere" url_name="c1"><sequential display_name="Programs" url_name="s1">
  <vertical display_name="Kept for later" url_name="v1">
    <problem url_name="p1" display_name="A fair die"><script type="loncapa/python">hidden_key = 6</script><p>How many sides has it?</p><customresponse cfn="check" expect="hidden_key"><textline/></customresponse></problem>
    <lti url_name="l1" display_name="A far tool" launch_url="https://tool.example/launch"/>
  </vertical>
  <vertical display_name="Frames within" url_name="v2">
    <html url_name="h1" display_name="Slides"><![CDATA[<p>See the slides.</p><iframe src="/static/slides.pdf"></iframe><iframe src="https://films.example/embed"></iframe><script src="https://cdn.example/jquery.js"></script>]]></html>
  </vertical>
</sequential></chapter>`;

let made;
/** The addresses of the course's units by their titles, for a learner with a seat. */
async function units(url) {
  made ??= publish(url, `outside-${Date.now()}`, CHAPTERS, { 'course/static/slides.pdf': '%PDF-1.4\n%%EOF\n' });
  const { slug } = await made;
  const learner = await apiOf(url, 'learner');
  await learner('POST', `/enrollment/courses/${slug}/enrol`);
  const { sections } = await learner('GET', `/learn/${slug}/outline`);
  const all = sections.flatMap((section) => section.children).flatMap((subsection) => subsection.children);
  return Object.fromEntries(all.map((unit) => [unit.title, `/learn/${slug}/${unit.id}`]));
}

test('what cannot be answered here shows its title, what it is and its words, and never a key', async (at) => {
  await as('learner', at, (await units(at.url))['Kept for later'], async (page, errors) => {
    await page.getByRole('heading', { name: 'A fair die' }).waitFor();
    await page.getByText('How many sides has it?').waitFor();
    await page.getByText('This problem can be read here, but not answered yet').waitFor();
    await page.getByRole('heading', { name: 'A far tool' }).waitFor();
    await page.getByText('It is a tool of another site (LTI)').waitFor();
    assert.equal((await page.content()).includes('hidden_key'), false);
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(errors, []);
  });
});

test('what a page frames and may not show can be opened beside it, and what did not come is said', async (at) => {
  const there = (await units(at.url))['Frames within'];
  await as('learner', at, '/home', async (page, errors) => {
    await page.route('https://films.example/**', (route) => route.fulfill({ headers: { 'x-frame-options': 'DENY' }, contentType: 'text/html', body: 'not in a frame' }));
    await page.route('https://cdn.example/**', (route) => route.abort());
    await page.goto(at.url + there);

    const slides = page.getByRole('link', { name: 'Open slides.pdf in a new tab' });
    await slides.waitFor();
    await page.getByRole('link', { name: 'Open films.example in a new tab' }).waitFor();
    await page.getByText('A program of this page did not come from cdn.example').waitFor();
    assert.equal((await page.request.get(await slides.getAttribute('href'))).status(), 200);
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(errors, []);
  });
});
