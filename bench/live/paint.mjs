// How long from a key to its paint in a room that is being flooded: Chromium as wide as a phone, its CPU slowed.
//
//   node paint.mjs URL CODE SECONDS SLOWED     one JSON line: {"keys", "p50_ms", "p98_ms", "shown"}
//
// The browser's own event timing: from the key to the next frame that was painted, in steps of 8 ms.

import { launch, open } from '../../web/e2e/browser.mjs';

const [url, code, seconds, slowed] = process.argv.slice(2);
const browser = await launch();
const { page, context } = await open(browser, `${url}/join/${code}`, { width: 390, height: 844, gallery: false });
await page.getByRole('textbox').last().fill('Paula Painter');
await page.getByRole('button', { name: 'Join the class' }).click();
const field = page.locator('.composer textarea');
await field.waitFor({ timeout: 60_000 });
const devtools = await context.newCDPSession(page);
await devtools.send('Emulation.setCPUThrottlingRate', { rate: Number(slowed) });
await page.evaluate(() => {
  window.painted = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'keydown') window.painted.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16, buffered: false });
});
await field.focus();
const until = Date.now() + Number(seconds) * 1000;
let keys = 0;
while (Date.now() < until) {
  // Unlike type(), one key at a time at a person's pace, whatever the page is doing.
  await page.keyboard.press('abcdefghij'[keys % 10]);
  keys += 1;
  if (keys % 30 === 0) await field.fill('');
  await page.waitForTimeout(120);
}
await page.waitForTimeout(500);
const painted = await page.evaluate(() => window.painted);
const shown = await page.locator('[role="log"] li, [role="log"] [role="article"], .log .row').count();
// What took less than the observer's threshold is told by nobody: it counts as the threshold.
while (painted.length < keys) painted.push(16);
painted.sort((a, b) => a - b);
const at = (share) => painted[Math.min(painted.length - 1, Math.floor(painted.length * share))];
process.stdout.write(`${JSON.stringify({ keys, p50_ms: at(0.5), p98_ms: at(0.98), shown })}\n`);
await browser.close();
