import assert from 'node:assert/strict';

import { axe, quiet, sideways } from './browser.mjs';
import { account, apiOf, publish } from './course.mjs';
import { as, LOOKS, nameOf } from './staff.mjs';

const { e2eTest } = globalThis;
const test = (name, run) => e2eTest(name, run, { needs: 'platform' });

const run = `taught-${Date.now()}`;
const CHAPTERS = `<chapter display_name="Ropes" url_name="c1"><sequential display_name="Knots" url_name="s1"><vertical display_name="A bowline" url_name="v1"><html url_name="h1"><![CDATA[<p>It does not slip.</p>]]></html></vertical></sequential></chapter>`;

let made;
function taught(url) {
  made ??= publish(url, run, CHAPTERS);
  return made;
}

test('an instructor finds the course, enrols by e-mail after seeing what happens, sees one learner and removes one', async (at) => {
  const { id } = await taught(at.url);
  const { email } = account('learner');
  await as('instructor', at, '/teach', async (page, errors) => {
    await page.getByRole('link', { name: `Course ${run}` }).click();
    await page.getByRole('heading', { name: 'Nobody is in this course yet' }).waitFor();
    await page.getByRole('button', { name: 'Enrol people' }).first().press('Enter');
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.keyboard.press('Enter');
    await page.getByText('This is what will happen.').first().waitFor();
    assert.deepEqual(await axe(page), []);
    await page.getByRole('button', { name: 'Enrol 1 person' }).press('Enter');
    const row = page.getByRole('region', { name: 'Learners' }).locator('tbody tr');
    await row.waitFor();
    assert.match(await row.textContent(), /0%.*Enrolled/);
    await row.getByRole('button').first().press('Enter');
    await page.getByRole('dialog').getByRole('row', { name: /Ropes/ }).waitFor();
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: /^More for/ }).press('Enter');
    await page.getByRole('menuitem', { name: 'Remove' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).press('Enter');

    await page.getByText(/^Removed /).first().waitFor();
    const seats = await (await apiOf(at.url, 'instructor'))('GET', `/enrollment/courses/${id}/seats`);
    assert.deepEqual(seats.items.map((seat) => seat.state), ['removed']);
    assert.deepEqual(errors, []);
  });
});

test('a list is tried out first: who is enrolled, invited, repeated and refused', async (at) => {
  const { id } = await taught(at.url);
  await as('instructor', at, `/teach/${id}/people`, async (page) => {
    await page.getByRole('button', { name: 'Enrol people' }).first().click();
    await page.getByText('A list', { exact: true }).click();
    await page.getByRole('textbox', { name: /Addresses or CSV/ }).fill(`${account('learner').email}\nGrace <grace-${run}@example.org>, grace-${run}@example.org\n`);
    await page.getByRole('button', { name: 'See what happens' }).click();

    await page.getByText('This is what will happen.').first().waitFor();
    assert.match((await page.getByRole('dialog').locator('tbody tr').allTextContents()).join(' / '), /enrolled.*invited by mail.*repeated/s);
    const seats = await (await apiOf(at.url, 'instructor'))('GET', `/enrollment/courses/${id}/seats`);
    assert.equal(seats.items.some((seat) => seat.state === 'active'), false);
  });
});

test('seats and dates are set under the version that was read', async (at) => {
  const { id } = await taught(at.url);
  await as('instructor', at, `/teach/${id}/people`, async (page) => {
    await page.getByRole('tab', { name: 'Seats and dates' }).click();
    const seats = page.getByRole('textbox', { name: 'Seats' });
    await seats.fill('12');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Seats and dates saved').first().waitFor();
    const instructor = await apiOf(at.url, 'instructor');
    const rules = await instructor('GET', `/enrollment/courses/${id}/rules`);
    assert.equal(rules.capacity, 12);
    await instructor('PUT', `/enrollment/courses/${id}/rules`, { capacity: 30 }, { headers: { 'if-match': `"${rules.version}"` } });
    await seats.fill('5');
    await page.getByRole('button', { name: 'Save' }).press('Enter');

    await page.getByText('Somebody changed these rules meanwhile.').waitFor();
    assert.equal((await instructor('GET', `/enrollment/courses/${id}/rules`)).capacity, 30);
  });
});

test('an administrator adds a person, gives a role, asks why, takes it back and removes the person', async (at) => {
  const email = `ada-${run}@example.org`;
  const name = `Ada ${run}`;
  await as('admin', at, '/admin/users', async (page, errors) => {
    await page.getByRole('button', { name: 'Add a person' }).press('Enter');
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.keyboard.press('Enter');
    await page.getByText(`${name} is a member now`).first().waitFor();
    await page.getByRole('searchbox', { name: 'Search by name' }).fill(name);
    const row = page.getByRole('row', { name: new RegExp(email) });
    await row.waitFor();
    await row.getByRole('button', { name }).press('Enter');
    const dialog = page.getByRole('dialog', { name, exact: true });
    await dialog.getByRole('combobox', { name: 'Give a role' }).selectOption({ label: 'Author' });
    await dialog.getByRole('button', { name: 'Give', exact: true }).press('Enter');
    await dialog.getByRole('button', { name: 'Take away: Author' }).waitFor();
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    await page.getByText('Who may do what, and why').click();
    await page.getByRole('button', { name: 'Explain' }).press('Enter');
    await page.getByText('Allowed', { exact: true }).waitFor();
    await row.getByRole('button', { name }).press('Enter');
    await dialog.getByRole('button', { name: 'Take away: Author' }).press('Enter');
    await dialog.getByRole('button', { name: 'Take away: Author' }).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Remove from the organization' }).press('Enter');
    await page.getByRole('dialog', { name: `Remove ${name}?` }).getByRole('button', { name: 'Remove from the organization' }).press('Enter');

    await page.getByText(`Removed ${name}`).first().waitFor();
    assert.deepEqual(errors, []);
  });
});

test('the last owner stays, and the page says why', async (at) => {
  const admin = await apiOf(at.url, 'admin');
  const { items } = await admin('GET', '/organizations/mine');
  const organization = items.find((each) => each.is_current).organization_id;
  const owners = await admin('GET', `/organizations/${organization}/members?role=owner`);
  assert.equal(owners.items.length, 1);
  await as('admin', at, '/admin/users', async (page) => {
    await page.getByRole('row', { name: new RegExp(owners.items[0].email) }).getByRole('button').first().click();
    await page.getByRole('button', { name: 'Take away: Owner' }).click();

    await page.getByText('An organization needs an owner. Make somebody else owner first.').waitFor();
    assert.equal((await admin('GET', `/organizations/${organization}/members?role=owner`)).items.length, 1);
  });
});

test('colours that cannot be read are refused at their field; readable ones are worn', async (at) => {
  const admin = await apiOf(at.url, 'admin');
  await as('admin', at, '/admin/orgs', async (page) => {
    const colour = page.getByRole('textbox', { name: 'Main colour', exact: true });
    await colour.fill('#7fd0e0');
    await page.getByText(/Main colour on page has a contrast of 1\.\d+; 4\.5 is the least/).waitFor();
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText(/light: primary on bg has a contrast/).first().waitFor();
    assert.deepEqual(await axe(page), []);
    await colour.fill('#7a1f5c');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Organization saved').first().waitFor();

    const { items } = await admin('GET', '/organizations/mine');
    const now = await admin('GET', `/organizations/${items.find((each) => each.is_current).organization_id}`);
    assert.equal(now.branding.light.primary, '#7a1f5c');
    await page.getByRole('button', { name: 'Back to the usual colours' }).press('Enter');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await page.waitForFunction(() => !document.querySelector('input[value="#7a1f5c"][type=text]'));
  });
});

test('a learner is told who can open administration', async (at) => {
  await as('learner', at, '/admin/users', async (page) => {
    await page.getByText('You may not open this').waitFor();
    assert.deepEqual(await axe(page), []);
  });
});

for (const look of LOOKS) {
  test(`teaching and administration are free of axe violations and reach no wider than the page: ${nameOf(look)}`, async (at) => {
    const { id } = await taught(at.url);
    const walk = (paths) => async (page) => {
      for (const path of paths) {
        await page.goto(at.url + path);
        await page.locator('h1').first().waitFor();
        await quiet(page);
        assert.deepEqual([path, ...(await axe(page)), ...(await sideways(page))], [path]);
      }
    };
    await as('instructor', at, '/teach', walk(['/teach', `/teach/${id}/people`]), look);
    await as('admin', at, '/admin/overview', walk(['/admin/overview', '/admin/users', '/admin/orgs']), look);
  });
}

test('what is not somebody\'s to see, or is not there, stands alone with a way back', async (at) => {
  const { id } = await taught(at.url);
  const nowhere = '00000000-0000-4000-8000-000000000000';
  const pages = [
    ['learner', `/teach/${id}/people`, 'You may not open this'],
    ['learner', `/author/${id}/outline`, 'You may not open this'],
    ['learner', '/author/import', 'You may not open this'],
    ['instructor', `/teach/${nowhere}/people`, 'Not found'],
    ['author', `/author/${nowhere}/publish`, 'Not found'],
    ['author', '/author/no-such-course/media', 'Not found'],
  ];
  for (const [role, path, words] of pages) {
    await as(role, at, path, async (page) => {
      const main = page.getByRole('main');
      await main.getByRole('heading', { name: words }).waitFor();
      await main.getByRole('link', { name: /^Back to your / }).waitFor();
      assert.equal(await main.locator('.tabs, .tab, button').count(), 0, path);
      assert.deepEqual(await axe(page), [], path);
    });
  }
});

test('on a phone the people table fades where it goes on, until its end is reached', async (at) => {
  const { id } = await taught(at.url);
  await (await apiOf(at.url, 'author'))('POST', `/enrollment/courses/${id}/enrol`);
  for (const locale of ['en', 'ar']) {
    await as('instructor', at, `/teach/${id}/people`, async (page) => {
      const table = page.locator('.table-frame');
      await table.waitFor();
      await page.waitForFunction(() => document.querySelector('.table-frame')?.style.maskImage.includes('gradient'));
      await table.evaluate((frame) => frame.scrollTo({ left: getComputedStyle(frame).direction === 'rtl' ? -frame.scrollWidth : frame.scrollWidth }));
      await page.waitForFunction(() => document.querySelector('.table-frame')?.style.maskImage === '');
    }, { width: 360, height: 740, locale });
  }
});
