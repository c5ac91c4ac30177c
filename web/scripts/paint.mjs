// Measure how soon a key that is pressed in a live class is on the screen, on a CPU four times slower. One line of JSON.
// `node scripts/paint.mjs URL CODE [SECONDS]` joins a real class as a guest on a phone, whatever crowd is in it;
// `node scripts/paint.mjs URL --rate 1000 [SECONDS]` takes the gallery's room with a crowd of its own (the page alone, nothing sampled by a server).
import { launch, open } from '../e2e/browser.mjs';

const [url = 'http://127.0.0.1:8000', ...rest] = process.argv.slice(2);
const rate = rest[0] === '--rate' ? Number(rest[1]) : undefined;
const code = rate === undefined ? rest[0] : undefined;
const seconds = Number(rest[rate === undefined ? 1 : 2] ?? 20);
const CPU = 4;
const KEY_EVERY_MS = 180;
const SETTLE_MS = 3000;

const at = (values, share) => values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? null;

const browser = await launch();
try {
  const look = { width: 390, height: 844 };
  const { page, context } = await open(browser, rate === undefined ? `${url}/join/${code}` : `${url}/dev/live?state=live&rate=${rate}`, look);
  if (rate === undefined) {
    await page.locator('input[autocomplete=nickname]').fill('Paint');
    await page.locator('main button[type=submit]').click();
  }
  const field = page.locator('.composer textarea');
  await field.waitFor();
  await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: CPU });
  await page.waitForTimeout(SETTLE_MS);
  await page.evaluate(() => {
    globalThis.paints = [];
    globalThis.frames = 0;
    const channel = new MessageChannel();
    const waiting = [];
    channel.port1.addEventListener('message', () => {
      const now = performance.now();
      for (const since of waiting.splice(0)) globalThis.paints.push(now - since);
    });
    channel.port1.start();
    // After the frame that follows the key has been drawn, a task runs: from the key to there.
    document.querySelector('.composer textarea').addEventListener('keydown', (event) => {
      requestAnimationFrame(() => {
        waiting.push(event.timeStamp);
        channel.port2.postMessage(0);
      });
    });
    const count = () => {
      globalThis.frames += 1;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  await field.focus();
  const started = performance.now();
  const words = 'what is the rank of this matrix if two rows match ';
  for (let key = 0; performance.now() - started < seconds * 1000; key += 1) {
    await page.keyboard.press(words[key % words.length] === ' ' ? 'Space' : words[key % words.length]);
    if (key % 40 === 39) await field.fill('');
    await page.waitForTimeout(KEY_EVERY_MS);
  }
  const tookS = (performance.now() - started) / 1000;
  const { paints, frames, total } = await page.evaluate(() => ({ paints: globalThis.paints, frames: globalThis.frames, total: document.querySelector('.chat-count')?.textContent ?? '' }));
  const sorted = paints.toSorted((one, other) => one - other);
  console.log(
    JSON.stringify({
      what: rate === undefined ? 'room' : `page, ${rate}/s`,
      keys: sorted.length,
      p50_ms: Math.round(at(sorted, 0.5)),
      p98_ms: Math.round(at(sorted, 0.98)),
      max_ms: Math.round(sorted.at(-1)),
      frames_per_s: Math.round(frames / tookS),
      cpu_slowdown: CPU,
      chat: total,
    }),
  );
} finally {
  await browser.close();
}
