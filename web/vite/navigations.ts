/** What the service worker does when a page is opened; workbox writes these functions into sw.js as they stand, so each holds all that it needs. */

type Opening = { request: Request; event: { preloadResponse?: Promise<Response | undefined>; waitUntil(work: Promise<unknown>): void } };

/** Pages of the application; files, answers and what machines ask go their own way. */
export const isPage = ({ request, url }: { request: Request; url: URL }): boolean =>
  request.mode === 'navigate' && !/^\/(api\/|media\/|blobs\/|dev\/mail|\.well-known\/|livez|readyz|metrics)/.test(url.pathname);

/**
 * The page comes from the server: addresses and the policy are printed into it, and change without a build. Without the network, or when the
 * server fails or takes longer than three seconds, comes what it printed last, as long as all that page needs is on this device.
 */
export async function fromServer({ request, event }: Opening): Promise<Response> {
  const KEPT = 'page';
  // The bare page is every address's: an opened one holds the words of its own.
  const BARE = '/index.html';
  const isWhole = async (page: Response): Promise<boolean> => {
    const files = (await page.text()).match(/\/assets\/[\w.-]+\.js/g) ?? [];
    return files.length > 0 && (await Promise.all(files.map((file) => caches.match(file, { ignoreVary: true })))).every(Boolean);
  };
  const kept = async (): Promise<Response | undefined> => {
    const cache = await caches.open(KEPT);
    const last = await cache.match(BARE, { ignoreVary: true });
    if (last && (await isWhole(last.clone()))) return last;
    // Of an older build. What was printed when this worker was installed lies among its files.
    await cache.delete(BARE);
    return caches.match(BARE, { ignoreSearch: true, ignoreVary: true });
  };
  const keep = async (): Promise<void> => {
    const bare = await fetch(BARE, { cache: 'no-cache' });
    if (bare.ok && (await isWhole(bare.clone()))) await (await caches.open(KEPT)).put(BARE, bare);
  };
  const given = (async () => (await event.preloadResponse) ?? fetch(request))();
  const answered = given.then((response) => (response.status < 500 ? response : undefined)).catch(() => undefined);
  event.waitUntil(answered.then((response) => (response ? keep().catch(() => undefined) : undefined)));
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 3000));
  return (await Promise.race([answered, late])) ?? (await kept()) ?? given;
}
