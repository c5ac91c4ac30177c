import { readFileSync } from 'node:fs';
import { launch, open, quiet } from './browser.mjs';
const d = JSON.parse(readFileSync('/tmp/walk.json'));
const browser = await launch();
const { email, password } = d.acc.learner;
const { page, context } = await open(browser, `${d.url}/login`);
await page.locator('input[name=email]').fill(email); await page.locator('input[name=password]').fill(password);
await page.locator('main button[type=submit]').click(); await page.waitForURL((a) => a.pathname !== '/login');
const storageState = await context.storageState(); await context.close();
const r = await open(browser, d.url + '/home', { width: 1280, height: 2200, storageState });
for (const arg of process.argv.slice(2)) {
  const [c, i] = arg.split(':');
  const v = d.courses[c];
  await r.page.goto(`${d.url}/learn/${v.id}/${v.units[i][0]}`); await quiet(r.page).catch(() => 0); await r.page.waitForTimeout(1500);
  await r.page.screenshot({ path: `/tmp/shots/${c}-${i}.png` });
  console.log(arg, r.errors.splice(0));
}
await browser.close();
