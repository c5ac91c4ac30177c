// Serve the build as the gateway does, with no platform behind it: every API call answers 503. Enough for the gallery and the shell.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
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

/**
 * Start on a free port of this machine; resolves to the address, a way to stop, and what is printed into the page, which may change:
 * {meta, policy}. With `isSlow` no page is answered at all.
 */
export async function serve() {
  const printed = { meta: '', policy: CSP, isSlow: false };
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://here').pathname;
    if (/^\/(api|media|blobs|livez)/.test(path)) {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '5' });
      response.end(JSON.stringify({ type: 'about:blank', title: 'Try again in a moment', status: 503, code: 'stoa.unavailable', detail: '', hint: '', request_id: 'none' }));
      return;
    }
    const wanted = join(root, normalize(path));
    const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(root, 'index.html');
    const isPage = extname(file) === '.html';
    if (isPage && printed.isSlow) return;
    // Files go without the policy, as the gateway gives them: the worker is one, and loads its parts by name.
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', ...(isPage ? { 'content-security-policy': printed.policy } : {}) });
    if (isPage) response.end(readFileSync(file, 'utf8').replace('<meta ', `${printed.meta}<meta `));
    else createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, printed, stop };
}
