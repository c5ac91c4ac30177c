// Write pages.json beside the build: for each route of src/app/router.tsx the files its page needs besides index.html's, and what it asks the API first.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, '../../stoa/web');
const manifest = JSON.parse(readFileSync(join(web, '.vite/manifest.json'), 'utf8'));
const router = readFileSync(join(here, '../src/app/router.tsx'), 'utf8');
const LOCALES = ['en', 'ar'];

/** Who it is: lib/api/viewer asks it for every page of somebody signed in. */
const VIEWER = ['/api/v1/identity/me', '/api/v1/organizations/mine', '/api/v1/people/me'];

/** What the page of somebody signed in asks first, besides who it is; it comes with the first token. A page that guests read asks the same for both. */
const OWN = {
  '/home': ['/api/v1/learn/home'],
  '/learn/$course': ['/api/v1/learn/$course/outline'],
  '/learn/$course/progress': ['/api/v1/learn/$course/progress', '/api/v1/learn/$course/outline'],
  '/learn/$course/$unit': ['/api/v1/learn/$course/outline', '/api/v1/learn/$course/units/$unit'],
};

/** What stands until the application draws the same: the heading of a page that is everybody's, in its own words. */
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const SHELLS = {
  '/': (t) => `<div class="page"><section class="hero"><h1>${t('catalog.welcome.title')}</h1><p>${t('catalog.welcome.lead')}</p></section></div>`,
  '/catalog': (t) => `<div class="page page-normal"><div class="page-head"><div><h1>${t('catalog.title')}</h1><div class="muted">${t('catalog.lead')}</div></div></div></div>`,
};

function shellsOf(path, feature) {
  const draw = SHELLS[path];
  if (!draw) return {};
  const inLanguage = (locale) => {
    const told = JSON.parse(readFileSync(join(here, `../src/features/${feature}/i18n/${locale}.json`), 'utf8'));
    const say = (key) => {
      if (!told[key] || /[{<]/.test(told[key])) throw new Error(`pages.mjs: ${key} is no plain text in ${locale}`);
      return escaped(told[key]);
    };
    return `<div class="opening" lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">${draw(say)}</div>`;
  };
  return Object.fromEntries(LOCALES.map((locale) => [locale, inLanguage(locale)]));
}

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

const entry = closure(Object.keys(manifest).find((key) => manifest[key].name === 'shell'));
const shared = (locale) => Object.keys(manifest).find((key) => manifest[key].name === `words-${locale}`);
const words = (feature, locale) => [shared(locale), `src/features/${feature}/i18n/${locale}.json`].filter((key) => manifest[key]);
const filesOf = (keys) => [...new Set(keys)].filter((key) => !entry.has(key)).map((key) => `/${manifest[key].file}`);

const routes = [];
for (const [line, path, feature, source] of router.matchAll(/createRoute\(\{[^\n]*path: '([^']+)'[^\n]*page\('(\w+)', \(\) => import\('([^']+)'\)\)[^\n]*/g)) {
  const key = `src/${source.replace(/^\.\.\//, '').replace(/^@app\//, 'app/')}.tsx`;
  if (!manifest[key]) throw new Error(`pages.mjs: ${key} is no chunk of the build: ${line.trim()}`);
  routes.push({ path, code: Object.fromEntries(LOCALES.map((locale) => [locale, filesOf([...closure(key), ...words(feature, locale)])])), asks: ASKS[path] ?? [], own: [...VIEWER, ...(OWN[path] ?? ASKS[path] ?? [])], shell: shellsOf(path, feature) });
}
const declared = [...router.matchAll(/createRoute\(\{[^\n]*path: /g)].length;
const unknown = Object.keys({ ...ASKS, ...OWN, ...SHELLS }).filter((path) => !routes.some((route) => route.path === path));
if (routes.length !== declared || unknown.length > 0) throw new Error(`pages.mjs: read ${routes.length} of ${declared} routes; asked for but not there: ${unknown.join() || 'none'}`);
writeFileSync(join(web, 'pages.json'), JSON.stringify(routes));
console.log(`described ${routes.length} routes`);
