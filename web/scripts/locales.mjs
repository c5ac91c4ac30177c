// Every catalogue has the same messages in every language, with the same arguments, and the code asks for no other.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { parse } from '@formatjs/icu-messageformat-parser';

const root = new URL('../', import.meta.url).pathname;
const source = join(root, 'src');
const LOCALES = ['en', 'ar'];
const PLURALS = { en: ['one', 'other'], ar: ['zero', 'one', 'two', 'few', 'many', 'other'] };
const problems = [];

/** Names of the arguments and tags of a message, and the plural categories it lacks. */
function shapeOf(nodes, locale, names = new Set(), lacking = new Set()) {
  for (const node of nodes) {
    if (node.type !== 0 && node.type !== 7) names.add(node.value);
    if (node.type === 6) for (const category of PLURALS[locale]) if (!node.options[category] && node.pluralType === 'cardinal') lacking.add(category);
    if (node.options) for (const option of Object.values(node.options)) shapeOf(option.value, locale, names, lacking);
    if (node.children) shapeOf(node.children, locale, names, lacking);
  }
  return { names: [...names].toSorted().join(), lacking: [...lacking] };
}

const folders = [join(source, 'i18n'), join(source, 'ui', 'i18n'), ...readdirSync(join(source, 'features')).map((name) => join(source, 'features', name, 'i18n'))].filter(existsSync);
const known = new Map();

for (const folder of folders) {
  const where = relative(root, folder);
  const catalogues = Object.fromEntries(LOCALES.map((locale) => [locale, JSON.parse(readFileSync(join(folder, `${locale}.json`), 'utf8'))]));
  for (const id of new Set(LOCALES.flatMap((locale) => Object.keys(catalogues[locale])))) {
    if (known.has(id)) problems.push(`${where}: ${id} is also in ${known.get(id)}`);
    known.set(id, where);
    const shapes = LOCALES.map((locale) => {
      const text = catalogues[locale][id];
      if (typeof text !== 'string' || text === '') {
        problems.push(`${where}/${locale}.json: ${id} is missing`);
        return undefined;
      }
      try {
        const shape = shapeOf(parse(text), locale);
        if (shape.lacking.length > 0) problems.push(`${where}/${locale}.json: ${id} lacks the plural ${shape.lacking.join(', ')}`);
        return shape.names;
      } catch (error) {
        problems.push(`${where}/${locale}.json: ${id}: ${error.message}`);
        return undefined;
      }
    });
    if (new Set(shapes.filter((shape) => shape !== undefined)).size > 1) problems.push(`${where}: ${id} has other arguments in another language: ${shapes.join(' | ')}`);
  }
}

/** A message id is a dotted literal of the app's own namespaces; `problem.${kind}.title` style ids count by their prefix. */
const files = readdirSync(source, { recursive: true }).filter((name) => /\.tsx?$/.test(name) && !/\.(test|gen)\.tsx?$/.test(name));
const used = new Set();
const prefixes = new Set(['problem.of.']);
const CALL = /\b(?:t|translate|t\.rich)\(\s*(?:'([^']+)'|`([^`$]*)\$\{)/g;
const LITERAL = /'([a-z][a-z-]*(?:\.[a-z0-9-]+)+)'/g;
for (const name of files) {
  const text = readFileSync(join(source, name), 'utf8');
  for (const [, id, prefix] of text.matchAll(CALL)) {
    if (id && !known.has(id)) problems.push(`src/${name}: no message ${id}`);
    if (prefix) prefixes.add(prefix);
  }
  for (const [, id] of text.matchAll(LITERAL)) used.add(id);
}
for (const [id, where] of known) {
  if (!used.has(id) && ![...prefixes].some((prefix) => id.startsWith(prefix))) problems.push(`${where}: nobody uses ${id}`);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`${known.size} messages, complete in ${LOCALES.join(', ')}`);
