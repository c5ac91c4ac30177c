import type { ErrorData } from 'hls.js';

const OVER = new Set([401, 403, 404, 410]);
const ONCE_IN_MS = 60_000;

type Ways = { onEnd: () => void; /** Return the stream's address under a new grant. */ onRenew: () => Promise<string | undefined> };

/**
 * Play a stream in pieces: the browser's own way where it has one, else hls.js, fetched now. A grant that is over is asked
 * for anew and the film goes on where it was; what fails for good is told by `onEnd`. Returns how to stop.
 */
export function playStream(element: HTMLVideoElement, stream: string, ways: Ways): () => void {
  return element.canPlayType('application/vnd.apple.mpegurl') ? playNatively(element, stream, ways) : playInScript(element, stream, ways);
}

/** A browser tells of its own player only that it failed: a new grant is tried once, then it is over. */
function playNatively(element: HTMLVideoElement, stream: string, { onEnd, onRenew }: Ways): () => void {
  let gone = false;
  let renewedAt = -Infinity;
  const fail = async (): Promise<void> => {
    const at = element.currentTime;
    if (performance.now() - renewedAt < ONCE_IN_MS) return onEnd();
    renewedAt = performance.now();
    const url = await onRenew();
    if (gone) return;
    if (!url) return onEnd();
    element.addEventListener('loadedmetadata', () => goOn(element, at, true), { once: true });
    element.src = url;
    element.load();
  };
  const listen = (): void => void fail().catch(onEnd);
  element.src = stream;
  element.addEventListener('error', listen);
  return () => {
    gone = true;
    element.removeEventListener('error', listen);
    element.removeAttribute('src');
  };
}

function playInScript(element: HTMLVideoElement, stream: string, { onEnd, onRenew }: Ways): () => void {
  let gone = false;
  let stop = (): void => undefined;
  let renewedAt = -Infinity;
  const end = (): void => {
    if (!gone) onEnd();
  };
  const isOver = (data: ErrorData): boolean => OVER.has(data.response?.code ?? 0) && performance.now() - renewedAt > ONCE_IN_MS;
  void import('hls.js/light')
    .then(({ default: Hls }) => {
      if (gone) return;
      if (!Hls.isSupported()) return end();
      const play = (url: string, at: number): void => {
        const hls = new Hls({ enableWorker: false, startPosition: at });
        stop = () => hls.destroy();
        hls.on(Hls.Events.ERROR, (_, data) => {
          if (!data.fatal || gone) return;
          if (isOver(data)) void renew().catch(end);
          else end();
        });
        hls.loadSource(url);
        hls.attachMedia(element);
      };
      const renew = async (): Promise<void> => {
        renewedAt = performance.now();
        const at = element.currentTime;
        const wasPlaying = !element.paused;
        const url = await onRenew();
        if (gone) return;
        if (!url) return end();
        stop();
        element.addEventListener('loadedmetadata', () => goOn(element, at, wasPlaying), { once: true });
        play(url, at);
      };
      play(stream, -1);
    })
    .catch(end);
  return () => {
    gone = true;
    stop();
  };
}

function goOn(element: HTMLVideoElement, at: number, isPlaying: boolean): void {
  element.currentTime = at;
  if (isPlaying) void element.play().catch(() => undefined);
}
