// Lay a .br and a .gz beside every text asset of the build, so that the gateway compresses nothing.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = new URL('../../stoa/web/', import.meta.url).pathname;
const TEXT = /\.(js|css|html|svg|json|webmanifest)$/;
const WORTH_BYTES = 600;

let count = 0;
for (const name of readdirSync(root, { recursive: true })) {
  const path = join(root, String(name));
  if (!TEXT.test(path) || !statSync(path).isFile()) continue;
  const bytes = readFileSync(path);
  if (bytes.length < WORTH_BYTES) continue;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  count += 1;
}
console.log(`compressed ${count} files`);
