import { useEffect, useRef, useState } from 'react';

import type { EmbedContent } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Icon } from '@ui/Icon';

import { heightKeeper } from './heights';

const AT_FIRST = 240;
const ELSEWHERE = 560;

/** Somebody's page in a frame of another origin: it can neither read the session nor move the page around it. */
export function EmbedFrame({ content, title }: { content: EmbedContent; title: string }) {
  const t = useT();
  const { frame, told } = useToldHeight();
  if (content.url === '') return <Banner tone="warning">{t('learn.embed.nowhere')}</Banner>;
  const isOurs = content.mode === 'sandbox';
  // A page of another site is framed by the content origin: this page frames nothing else.
  const shown = content.frame ?? content.url;
  const isForeign = new URL(shown, location.href).origin !== location.origin;
  return (
    <figure className={`embed ${told === 0 ? 'embed-empty' : ''}`}>
      <iframe
        ref={frame}
        src={shown}
        title={title}
        height={told ?? (content.height || (isOurs ? AT_FIRST : ELSEWHERE))}
        sandbox={!isOurs && isForeign ? 'allow-scripts allow-forms allow-popups allow-same-origin allow-presentation' : 'allow-scripts allow-forms allow-popups allow-downloads'}
        allow="fullscreen"
        referrerPolicy="no-referrer"
      />
      {!isOurs && (
        <figcaption className="small">
          <a href={content.url} target="_blank" rel="noreferrer">
            {t('learn.embed.open', { title })}
            <Icon name="external" />
          </a>
        </figcaption>
      )}
    </figure>
  );
}

/** How high the page in the frame says it is. Its origin is opaque: what counts is that this very window speaks. */
function useToldHeight() {
  const frame = useRef<HTMLIFrameElement>(null);
  const [told, setTold] = useState<number | undefined>(undefined);
  useEffect(() => {
    const keep = heightKeeper();
    const hear = ({ source, data }: MessageEvent): void => {
      if (!frame.current || source !== frame.current.contentWindow || typeof data !== 'object' || data === null) return;
      const { type, height } = data as { type?: unknown; height?: unknown };
      if (type === 'stoa.height' && typeof height === 'number' && height >= 0) setTold(keep(height));
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  return { frame, told };
}
