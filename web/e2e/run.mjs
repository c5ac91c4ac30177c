// Run every *.e2e.mjs against STOA_URL (the whole platform) or, without it, the build alone. Closes with "N passed, N failed, N skipped".
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { findChromium, launch } from './browser.mjs';
import { serve } from './serve.mjs';

const here = new URL('.', import.meta.url).pathname;
const wanted = process.argv.slice(2);
const OUT = process.env.E2E_OUT ?? join(here, '../test-results');

/** Tests ask for "platform" when they need more than static files; they are skipped, loudly, where there is none. */
const tests = [];
let file = '';
function test(name, run, { needs } = {}) {
  tests.push({ file, name, run, needs });
}

async function main() {
  if (!findChromium()) {
    console.log('SKIPPED: no Chromium here. Install the package chromium, or name a browser in CHROMIUM.');
    console.log('0 passed, 0 failed, 1 skipped');
    return 0;
  }
  globalThis.e2eTest = test;
  for (file of readdirSync(here).filter((name) => name.endsWith('.e2e.mjs') && (wanted.length === 0 || wanted.some((word) => name.includes(word))))) {
    await import(join(here, file));
  }
  const platform = process.env.STOA_URL?.replace(/\/$/, '');
  const fixture = platform ? undefined : await serve();
  const url = platform ?? fixture.url;
  let browser = await launch();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { file, name, run, needs } of tests) {
    const label = `${file.replace('.e2e.mjs', '')}: ${name}`;
    if (needs === 'platform' && !platform) {
      counts.skipped += 1;
      console.log(`skip ${label} (set STOA_URL)`);
      continue;
    }
    const started = performance.now();
    if (!browser.isConnected()) browser = await launch();
    try {
      await run({ browser, url });
      counts.passed += 1;
      console.log(`ok   ${label} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      counts.failed += 1;
      console.error(`FAIL ${label}\n     ${String(error?.stack ?? error).split('\n').slice(0, 12).join('\n     ')}`);
      mkdirSync(OUT, { recursive: true });
      const page = browser.contexts().at(-1)?.pages().at(-1);
      await page?.screenshot({ path: join(OUT, `${label.replace(/[^a-z0-9]+/gi, '-').slice(0, 80)}.png`) }).catch(() => undefined);
    } finally {
      for (const context of browser.contexts()) await context.close().catch(() => undefined);
    }
  }
  await browser.close();
  await fixture?.stop();
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed > 0 ? 1 : 0;
}

process.exit(await main());
