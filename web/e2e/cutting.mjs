// A small TCP proxy that a test can cut: every connection dies at once, and new ones are refused until it is mended.
import { connect, createServer } from 'node:net';

/** Listen on a free port of this machine and pass everything on to `url`; resolves to {url, cut, mend, stop}. */
export async function cutting(url) {
  const { hostname, port, protocol } = new URL(url);
  const alive = new Set();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return client.destroy();
    const upstream = connect({ host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
    alive.add(client).add(upstream);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        alive.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut: () => {
      isCut = true;
      for (const socket of alive) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
    stop: () => {
      for (const socket of alive) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
