// Hold the build to its budgets (KB, gzip -9): what a browser fetches before a page is usable, computed from Vite's manifest.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const root = new URL('../../stoa/web/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(`${root}.vite/manifest.json`, 'utf8'));

const BUDGET = { shell: 125, learner: 170, route: 60, css: 15 };
/** Routes that carry a tree with drag and drop or an editor have their own line, argued in docs. */
const OWN_BUDGET = { 'src/features/author/OutlinePage.tsx': 80 };
/** What comes to a page only when somebody wants it. */
const LATER = { 'src/features/live/board/BoardView.tsx': 8, 'src/features/live/board/Canvas.tsx': 420 };
const NOT_COUNTED = /features\/gallery\//;
const LEARNER = 'src/features/learn/UnitPage.tsx';

const sizes = new Map();
function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(root + file), { level: 9 }).length / 1024);
  return sizes.get(file);
}

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

const total = (keys, pick) => [...new Set([...keys].flatMap((key) => pick(manifest[key])))].reduce((sum, file) => sum + size(file), 0);
const js = (keys) => total(keys, (chunk) => (chunk.file.endsWith('.js') ? [chunk.file] : []));

const words = (namespace) => (manifest[namespace] ? [namespace] : []);
// The entry and the words that every page wants are groups of vite.config.ts: Vite's manifest knows them by name only.
function named(name) {
  const keys = Object.keys(manifest).filter((key) => manifest[key].name === name);
  if (keys.length !== 1) throw new Error(`budget.mjs: ${keys.length} chunks are called ${name}`);
  return keys[0];
}
const shared = [named('words-en')];
const shell = new Set([...closure(named('shell')), ...shared]);
const rows = [{ what: 'shell', kb: js(shell), limit: BUDGET.shell }];

for (const key of Object.keys(manifest)) {
  const feature = /^src\/features\/([^/]+)\/\w+Page\.tsx$/.exec(key)?.[1];
  if (!feature || NOT_COUNTED.test(key)) continue;
  const whole = new Set([...shell, ...closure(key), ...words(`src/features/${feature}/i18n/en.json`)]);
  if (key === LEARNER) rows.push({ what: `shell + ${key}`, kb: js(whole), limit: BUDGET.learner });
  else rows.push({ what: `+ ${key}`, kb: js(whole) - js(shell), limit: OWN_BUDGET[key] ?? BUDGET.route });
}

for (const [key, limit] of Object.entries(LATER)) {
  const before = new Set([...shell, ...closure('src/features/live/RoomPage.tsx')]);
  rows.push({ what: `later, ${key}`, kb: js(new Set([...before, ...closure(key)])) - js(before), limit });
}

const sheets = new Set(Object.values(manifest).flatMap((chunk) => [...(chunk.css ?? []), ...(chunk.file.endsWith('.css') ? [chunk.file] : [])]));
rows.push({ what: 'css, whole app', kb: [...sheets].reduce((sum, file) => sum + size(file), 0), limit: BUDGET.css });

let failed = 0;
for (const { what, kb, limit } of rows.toSorted((one, other) => other.kb / other.limit - one.kb / one.limit)) {
  const over = kb > limit;
  if (over) failed += 1;
  console.log(`${over ? 'OVER' : '  ok'}  ${kb.toFixed(1).padStart(6)} / ${String(limit).padStart(3)} KB  ${what}`);
}
if (failed > 0) {
  console.error(`${failed} over budget`);
  process.exit(1);
}
