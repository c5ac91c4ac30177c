import { useEffect, useRef, useState } from 'react';

import type { EmbedContent } from '@lib/api/progress';
import { contentOrigin } from '@lib/boot';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Icon } from '@ui/Icon';

const AT_FIRST = 240;
const MOST = 4000;

/** Somebody's page, in a frame that has none of our origin: it can neither read the session nor move the page around it. */
export function EmbedFrame({ content, title }: { content: EmbedContent; title: string }) {
  const t = useT();
  if (content.url === '') return <HandedOver content={content} title={title} />;
  const isElsewhere = new URL(content.url, location.href).origin !== location.origin;
  return (
    <figure className="embed">
      <iframe
        src={content.url}
        title={title}
        height={content.height || 560}
        sandbox={isElsewhere ? 'allow-scripts allow-forms allow-popups allow-same-origin allow-presentation' : 'allow-scripts allow-forms allow-popups'}
        allow="fullscreen"
        loading="lazy"
        referrerPolicy="no-referrer"
      />
      {isElsewhere && (
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

/** An author's page with scripts: the empty frame of the second origin gets it, and tells how high it is. */
function HandedOver({ content, title }: { content: EmbedContent; title: string }) {
  const t = useT();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(content.height || AT_FIRST);
  const [origin] = useState(contentOrigin);
  const { html } = content;
  useEffect(() => {
    const hear = ({ source, data }: MessageEvent): void => {
      if (!frame.current || source !== frame.current.contentWindow || typeof data !== 'object' || data === null) return;
      const { ready, height: told } = data as { ready?: unknown; height?: unknown };
      // Its origin is opaque, so there is none to address; only this very window gets it.
      if (ready === true) frame.current.contentWindow?.postMessage({ html: based(html) }, '*');
      if (typeof told === 'number' && told >= 0) setHeight(Math.min(Math.ceil(told), MOST));
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, [html]);
  if (!origin) return <Banner tone="warning">{t('learn.embed.nowhere')}</Banner>;
  return (
    <div className={`embed ${height === 0 ? 'embed-empty' : ''}`}>
      <iframe ref={frame} src={`${origin}/frame`} title={title} height={height} sandbox="allow-scripts allow-forms allow-popups" allow="fullscreen" referrerPolicy="no-referrer" />
    </div>
  );
}

/** Addresses of files in the page begin at our root, which is not the frame's. */
const based = (html: string): string => html.replace(/(\s(?:src|href|poster)=["'])\/(media\/)/gi, `$1${location.origin}/$2`);
