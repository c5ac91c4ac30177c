import { useEffect, useRef, useState } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

/** The class as a broadcast for many: plain HLS on the platform's own controls, captions among them where the stream carries some. */
export function Broadcast({ url }: { url: string }) {
  const t = useT();
  const video = useRef<HTMLVideoElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const element = video.current;
    if (!element) return undefined;
    if (element.canPlayType('application/vnd.apple.mpegurl')) {
      element.src = url;
      return () => element.removeAttribute('src');
    }
    let gone = false;
    let stop = (): void => undefined;
    void import('hls.js/light')
      .then(({ default: Hls }) => {
        if (gone) return;
        if (!Hls.isSupported()) return setFailed(true);
        const hls = new Hls({ enableWorker: false, liveSyncDurationCount: 3 });
        stop = () => hls.destroy();
        hls.on(Hls.Events.ERROR, (_, data) => {
          if (!data.fatal) return;
          if (data.type === Hls.ErrorTypes.NETWORK_ERROR) hls.startLoad();
          else if (data.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
          else setFailed(true);
        });
        hls.loadSource(url);
        hls.attachMedia(element);
      })
      .catch(() => setFailed(true));
    return () => {
      gone = true;
      stop();
    };
  }, [url]);
  if (failed) {
    return (
      <p className="stage-board stage-failed" role="alert">
        <Icon name="video" />
        {t('live.stage.failed')}
      </p>
    );
  }
  return (
    // oxlint-disable-next-line jsx-a11y/media-has-caption -- captions are in the stream itself, and the browser's own controls turn them on
    <video ref={video} className="stage-frame" controls playsInline autoPlay muted aria-label={t('live.stage.broadcast')} onError={() => setFailed(true)} />
  );
}
