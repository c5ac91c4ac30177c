import { useEffect, useRef, useState, type CSSProperties } from 'react';

import type { EmbedContent } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Icon } from '@ui/Icon';

import { heightKeeper } from './heights';
import { lackingOf, type Lacking } from './lacking';

const AT_FIRST = 240;
const ELSEWHERE = 560;
/** A link as long as its words, with its sign beside them. */
const BESIDE = { '--gap': '4px', display: 'inline-flex', minBlockSize: '32px' } as CSSProperties;

/** Somebody's page in a frame of another origin: it can neither read the session nor move the page around it. */
export function EmbedFrame({ content, title }: { content: EmbedContent; title: string }) {
  const t = useT();
  const { frame, told, lacking } = useTold();
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
          <Outside href={content.url} name={title} />
        </figcaption>
      )}
      {isOurs && lacking && (
        <figcaption className="small muted">
          {lacking.missing.length > 0 && <p>{t('learn.embed.missing', { hosts: lacking.missing.join(', ') })}</p>}
          {lacking.framed.length > 0 && <p>{t('learn.embed.framed')}</p>}
          {lacking.framed.map(({ href, name }) => (
            <p key={href}>
              <Outside href={href} name={name} />
            </p>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

function Outside({ href, name }: { href: string; name: string }) {
  const t = useT();
  return (
    <a className="row" style={BESIDE} href={href} target="_blank" rel="noreferrer">
      {t('learn.embed.open', { title: name })}
      <Icon name="external" />
    </a>
  );
}

/** How high the page in the frame says it is, and what it lacks. Its origin is opaque: what counts is that this very window speaks. */
function useTold() {
  const frame = useRef<HTMLIFrameElement>(null);
  const [told, setTold] = useState<number | undefined>(undefined);
  const [lacking, setLacking] = useState<Lacking>();
  useEffect(() => {
    const keep = heightKeeper();
    const hear = ({ source, data }: MessageEvent): void => {
      if (!frame.current || source !== frame.current.contentWindow || typeof data !== 'object' || data === null) return;
      const { type, height, framed, missing } = data as { type?: unknown; height?: unknown; framed?: unknown; missing?: unknown };
      if (type === 'stoa.height' && typeof height === 'number' && height >= 0) setTold(keep(height));
      if (type === 'stoa.lacking') setLacking(lackingOf({ framed, missing }));
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  return { frame, told, lacking };
}
