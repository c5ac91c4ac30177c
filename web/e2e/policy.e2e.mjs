import assert from 'node:assert/strict';

const { e2eTest: test } = globalThis;

test('the pages live under the content security policy: nothing of ours is refused', async ({ browser, url }) => {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addInitScript(() => {
    localStorage.setItem('stoa.gallery', '1');
    globalThis.refused = [];
    document.addEventListener('securitypolicyviolation', (event) => globalThis.refused.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile ?? ''}`));
  });
  const page = await context.newPage();

  for (const path of ['/', '/login', '/dev/ui']) {
    await page.goto(url + path);
    await page.locator('h1').first().waitFor();
    await page.waitForTimeout(1800); // long enough for what waits for an idle page: toasts, the service worker
    assert.deepEqual(await page.evaluate(() => globalThis.refused), [], path);
  }
  const drawn = await page.locator('.icon').first().evaluate((icon) => icon.getBBox().width > 0);
  assert.equal(drawn, true);
});

test('a second visit opens without the network', async ({ browser, url }) => {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  await context.setOffline(true);
  await page.goto(`${url}/login`);

  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await page.getByText('You are offline. What you write is kept on this device.').waitFor();
});
