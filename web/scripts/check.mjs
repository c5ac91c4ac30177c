// All that is static about the web, in one go: types, lint, words, generated code, unit tests, build, budgets.
import { spawnSync } from 'node:child_process';

const steps = [
  ['types', process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.']],
  ['lint', process.execPath, ['node_modules/oxlint/bin/oxlint', '--deny-warnings']],
  ['locales', process.execPath, ['scripts/locales.mjs']],
  ['api', process.execPath, ['scripts/gen-api.mjs', '--check']],
  ['tests', process.execPath, ['node_modules/vitest/vitest.mjs', 'run']],
  ['build', process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']],
  ['pages', process.execPath, ['scripts/pages.mjs']],
  ['compress', process.execPath, ['scripts/compress.mjs']],
  ['budget', process.execPath, ['scripts/budget.mjs']],
];

const wanted = process.argv.slice(2);
const failed = [];
for (const [name, command, args] of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd: new URL('..', import.meta.url).pathname });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`web: failed: ${failed.join(', ')}`);
  process.exit(1);
}
