import assert from 'node:assert/strict';

import { serve } from './serve.mjs';

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

test('who comes back gets what the server prints today, and offline what it printed last', async ({ browser }) => {
  const server = await serve();
  const { printed, url } = server;
  const says = (page) => page.locator('meta[name=stoa-sockets]').getAttribute('content');
  const sockets = (at) => `<meta name="stoa-sockets" content="${at}">`;
  const policy = printed.policy;
  const context = await browser.newContext({ locale: 'en-GB' });
  try {
    printed.meta = sockets('https://first.example');
    const page = await context.newPage();
    await page.goto(`${url}/login`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

    // The same build on another address: nothing tells the browser but the page itself.
    printed.meta = sockets('https://second.example');
    printed.policy = `${policy}; frame-src https://content.example`;
    const again = await page.goto(`${url}/login`);
    assert.equal(await says(page), 'https://second.example');
    assert.match(again.headers()['content-security-policy'], /content\.example/);
    await page.waitForFunction(async () => (await (await (await caches.open('page')).match('/index.html'))?.text())?.includes('second.example'));

    await context.setOffline(true);
    const alone = await page.goto(`${url}/forgot`);
    await page.getByRole('heading', { level: 1, name: 'Forgot your password?' }).waitFor();
    assert.equal(await says(page), 'https://second.example');
    assert.match(alone.headers()['content-security-policy'], /content\.example/);

    // A server that does not answer is no reason to wait for.
    await context.setOffline(false);
    printed.isSlow = true;
    await page.goto(`${url}/login`);
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    assert.equal(await says(page), 'https://second.example');
  } finally {
    await context.close();
    await server.stop();
  }
});
