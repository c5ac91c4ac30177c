// Measure how soon the main thing of a page stands: `STOA_URL=… node scripts/lcp.mjs PATH…`. STOA_LOGIN="email password" signs in first.
// WATERFALL=1 adds what was fetched, when and how heavy, of the last run.
// A phone as Lighthouse takes one (slow 4G by DevTools' throttling, CPU four times slower), a cold cache, no service worker; the median of RUNS.
import { launch } from '../e2e/browser.mjs';

const url = (process.env.STOA_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '');
const runs = Number(process.env.RUNS ?? 5);
const paths = process.argv.length > 2 ? process.argv.slice(2) : ['/', '/catalog', '/c/learning-how-to-learn'];
// lighthouse/core/config/constants.js, mobileSlow4G as applied by DevTools: a round trip costs 150 ms × 3.75, the line 1.6 Mbit/s × 0.9.
const SLOW_4G = { offline: false, latency: 150 * 3.75, downloadThroughput: (1.6 * 1024 * 1024 * 0.9) / 8, uploadThroughput: (750 * 1024 * 0.9) / 8 };
const CPU = 4;
const QUIET_MS = 3000;

const middle = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

async function signIn(browser) {
  const [email, password] = (process.env.STOA_LOGIN ?? '').split(' ');
  if (!email) return undefined;
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL((address) => address.pathname !== '/login');
  const state = await context.storageState();
  await context.close();
  return state;
}

async function once(browser, path, storageState) {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true, locale: 'en-GB', serviceWorkers: 'block', ...(storageState ? { storageState } : {}) });
  await context.addInitScript(() => {
    globalThis.seen = { lcp: 0, cls: 0, what: '', long: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) Object.assign(globalThis.seen, { lcp: entry.startTime, what: `${entry.element?.tagName.toLowerCase() ?? '?'}.${entry.element?.className ?? ''}` });
    }).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.seen.cls += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.seen.long += Math.max(0, entry.duration - 50);
    }).observe({ type: 'longtask', buffered: true });
  });
  const page = await context.newPage();
  const line = await context.newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', SLOW_4G);
  await line.send('Emulation.setCPUThrottlingRate', { rate: CPU });
  let requests = 0;
  page.on('request', () => (requests += 1));
  await page.goto(url + path, { waitUntil: 'networkidle', timeout: 60_000 });
  await page.waitForTimeout(QUIET_MS);
  const seen = await page.evaluate(() => ({ ...globalThis.seen, fcp: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 }));
  const fetched = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((each) => [Math.round(each.startTime), Math.round(each.responseStart), Math.round(each.responseEnd), each.encodedBodySize, each.name]));
  const state = storageState ? { ...storageState, cookies: (await context.storageState()).cookies } : undefined;
  await context.close();
  return { ...seen, requests, fetched, state };
}

const browser = await launch();
let state = await signIn(browser);
for (const path of paths) {
  const all = [];
  for (let run = 0; run < runs; run += 1) {
    const seen = await once(browser, path, state);
    state = seen.state;
    all.push(seen);
  }
  const of = (name) => middle(all.map((each) => each[name]));
  const early = all.at(-1).fetched.filter(([, , end]) => end <= all.at(-1).lcp);
  console.log(JSON.stringify({ path, fcp_ms: Math.round(of('fcp')), lcp_ms: Math.round(of('lcp')), lcp_all: all.map((each) => Math.round(each.lcp)), cls: Number(of('cls').toFixed(4)), tbt_ms: Math.round(of('long')), requests: of('requests'), before_lcp: early.length, kb_before_lcp: Math.round(early.reduce((sum, [, , , size]) => sum + size, 0) / 1024), what: all.at(-1).what }));
  if (process.env.WATERFALL) for (const [start, first, end, size, name] of all.at(-1).fetched) console.log(`  ${[start, first, end, size].map((one) => String(one).padStart(6)).join(' ')}  ${name.replace(url, '')}`);
}
await browser.close();
