// Serve the build as the gateway does, with no platform behind it: every API call answers 503. Enough for the gallery and the shell.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const root = new URL('../../stoa/web/', import.meta.url).pathname;
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};
const CSP = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Start on a free port of this machine; resolves to the address and a way to stop. */
export async function serve() {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://here').pathname;
    if (/^\/(api|media|blobs|livez)/.test(path)) {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '5' });
      response.end(JSON.stringify({ type: 'about:blank', title: 'Try again in a moment', status: 503, code: 'stoa.unavailable', detail: '', hint: '', request_id: 'none' }));
      return;
    }
    const wanted = join(root, normalize(path));
    const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(root, 'index.html');
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((resolve) => server.close(resolve)) };
}
