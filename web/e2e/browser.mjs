// The system's Chromium under Playwright, and what tests share: pages in a state, axe, waiting for quiet.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  `--disable-features=${[
    // With every page the window's own address bar starts a process that draws nothing here: a third of all that the tests cost.
    'WebUIOmniboxPopup',
    'WebUIOmniboxAimPopup',
    'WebUIOmniboxFullPopup',
    'PreloadTopChromeWebUI',
    // Of two such lists the last one counts: these are what Playwright turns off.
    'AvoidUnnecessaryBeforeUnloadCheckSync',
    'DestroyProfileOnBrowserClose',
    'HttpsUpgrades',
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
    'AvoidCorsURLLoaderRestartOnRedirect',
    'OptimizationHints',
    'NetworkTimeServiceQuerying',
    'AimEnabled',
    'PreconnectToSearch',
  ].join(',')}`,
];

/** A bound for what never comes; on a machine that is busy with other suites what comes may take a while. */
export const PATIENCE_MS = 30_000;

export function findChromium() {
  return process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
}

export async function launch() {
  const browser = await chromium.launch({ executablePath: findChromium(), headless: true, args: FLAGS });
  giveWay();
  return browser;
}

/** What we started takes what the suites beside leave: some of them promise seconds, pages only have to arrive. Linux shares time by session. */
function giveWay() {
  for (const thread of existsSync('/proc/self/task') ? readdirSync('/proc/self/task') : []) {
    try {
      for (const child of readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean)) writeFileSync(`/proc/${child}/autogroup`, '4');
    } catch {
      // A kernel without groups for sessions; and a session is asked once a moment at most.
    }
  }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * A fresh page: {width, theme, locale, gallery, state}. Service workers are off, so that each test sees this build.
 * The page's own policy holds: what it refuses, the tests see.
 */
export async function open(browser, url, { width = 1440, height = 900, theme = 'light', locale = 'en', gallery = true, storageState, serviceWorkers = 'block' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: locale === 'ar' ? 'ar-EG' : 'en-GB',
    timezoneId: 'Europe/Athens',
    hasTouch: width < 500,
    serviceWorkers,
    ...(storageState ? { storageState } : {}),
  });
  await context.addInitScript(
    ([theme, locale, gallery]) => {
      if (globalThis !== globalThis.top) return; // pages in frames have no choices, and in the sandbox no storage
      if (localStorage.getItem('stoa.locale') === null) localStorage.setItem('stoa.locale', locale);
      if (theme !== 'system' && localStorage.getItem('stoa.theme') === null) localStorage.setItem('stoa.theme', theme);
      if (gallery) localStorage.setItem('stoa.gallery', '1');
    },
    [theme, locale, gallery],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors = [];
  // Where service workers are off, registering one gives nothing at all: no real browser does that to the shell.
  const isOfNoWorker = (error) => serviceWorkers === 'block' && String(error).includes("reading 'installing'");
  page.on('pageerror', (error) => isOfNoWorker(error) || errors.push(String(error)));
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.locator('h1').first().waitFor();
  return { page, context, errors };
}

/** Wait until nothing on the page says that it is still loading. */
export async function quiet(page) {
  await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]:not(button)') || document.querySelector('main [data-keeps-busy]'), undefined, { timeout: PATIENCE_MS });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

/** The violations axe finds, one line each; the empty list is what every route must give. */
export async function axe(page, { exclude = [] } = {}) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (exclude) =>
      window.axe.run(exclude.length > 0 ? { exclude } : document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        resultTypes: ['violations'],
      }),
    exclude.map((selector) => [selector]),
  );
  return violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => `${impact} ${id}: ${node.target.join(' ')} — ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`));
}

/** What sticks out to the side, which nothing may. */
export async function sideways(page) {
  // A page that was made narrower a moment ago may still be on its way: what counts is where it comes to rest.
  let found = await reachingOut(page);
  for (let tries = 0; found.length > 0 && tries < 20; tries += 1) {
    await page.waitForTimeout(100);
    found = await reachingOut(page);
  }
  return found;
}

async function reachingOut(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && (box.right > width + 1 || box.left < -1) && !element.closest('.visually-hidden, .skip, .table-frame, .tabs, pre, math');
      })
      .slice(0, 5)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className} ${Math.round(element.getBoundingClientRect().left)}…${Math.round(element.getBoundingClientRect().right)}`);
  });
}
