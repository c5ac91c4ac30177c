// Write pages.json beside the build: for each route of src/app/router.tsx the files its page needs besides index.html's, and what it asks the API first.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, '../../stoa/web');
const manifest = JSON.parse(readFileSync(join(web, '.vite/manifest.json'), 'utf8'));
const router = readFileSync(join(here, '../src/app/router.tsx'), 'utf8');
const LOCALES = ['en', 'ar'];

/** What a guest's page asks first; the gateway prints the answers into the page. The addresses are lib/api's, query and all. */
const ASKS = {
  '/': ['/api/v1/catalog/courses?limit=6'],
  '/catalog': ['/api/v1/catalog/courses?limit=24', '/api/v1/catalog/categories'],
  '/c/$course': ['/api/v1/catalog/courses/$course'],
  '/try/$unit': ['/api/v1/catalog/try/$course/$unit'],
};

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

const entry = closure('index.html');
const words = (feature, locale) => ['src/i18n', 'src/ui/i18n', `src/features/${feature}/i18n`].map((folder) => `${folder}/${locale}.json`).filter((key) => manifest[key]);
const filesOf = (keys) => [...new Set(keys)].filter((key) => !entry.has(key)).map((key) => `/${manifest[key].file}`);

const routes = [];
for (const [line, path, feature, source] of router.matchAll(/createRoute\(\{[^\n]*path: '([^']+)'[^\n]*page\('(\w+)', \(\) => import\('([^']+)'\)\)[^\n]*/g)) {
  const key = `src/${source.replace(/^\.\.\//, '').replace(/^@app\//, 'app/')}.tsx`;
  if (!manifest[key]) throw new Error(`pages.mjs: ${key} is no chunk of the build: ${line.trim()}`);
  routes.push({ path, code: Object.fromEntries(LOCALES.map((locale) => [locale, filesOf([...closure(key), ...words(feature, locale)])])), asks: ASKS[path] ?? [] });
}
const declared = [...router.matchAll(/createRoute\(\{[^\n]*path: /g)].length;
const unknown = Object.keys(ASKS).filter((path) => !routes.some((route) => route.path === path));
if (routes.length !== declared || unknown.length > 0) throw new Error(`pages.mjs: read ${routes.length} of ${declared} routes; asked for but not there: ${unknown.join() || 'none'}`);
writeFileSync(join(web, 'pages.json'), JSON.stringify(routes));
console.log(`described ${routes.length} routes`);
