/** What a page in a frame may not show: what it frames itself, and the programs that did not come. */
export type Lacking = { framed: { href: string; name: string }[]; missing: string[] };

const MOST = 4;
const LONGEST = 2_000;

/** Read what a frame said. It is somebody else's page: only addresses of the web are taken, and only a few. */
export function lackingOf(data: { framed?: unknown; missing?: unknown }): Lacking {
  const framed = addresses(data.framed).map((url) => ({ href: url.href, name: nameOf(url) }));
  return { framed, missing: [...new Set(addresses(data.missing).map((url) => url.host))] };
}

function addresses(given: unknown): URL[] {
  const texts = Array.isArray(given) ? given.filter((each) => typeof each === 'string' && each.length <= LONGEST) : [];
  const found = [...new Set(texts as string[])].filter((text) => URL.canParse(text)).map((text) => new URL(text));
  return found.filter((url) => url.protocol === 'https:' || url.protocol === 'http:').slice(0, MOST);
}

/** A file by its name, a page by its host. */
function nameOf(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return /\.pdf$/i.test(last) ? decodeURIComponent(last) : url.host;
  } catch {
    return url.host;
  }
}
