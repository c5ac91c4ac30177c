import type { EmbedContent } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { trusted } from '@lib/trusted';
import { Icon } from '@ui/Icon';

const USUAL_HEIGHT = 560;

/** Somebody's page with scripts, in a sandbox without our origin: it can neither read the session nor move the page around it. */
export function EmbedFrame({ content, title }: { content: EmbedContent; title: string }) {
  const t = useT();
  const source = content.url ? { src: content.url } : { srcDoc: trusted.createHTML(content.html) };
  const isElsewhere = content.url !== '' && new URL(content.url, location.href).origin !== location.origin;
  return (
    <figure className="embed">
      <iframe
        {...source}
        title={title}
        height={content.height || USUAL_HEIGHT}
        sandbox={isElsewhere ? 'allow-scripts allow-forms allow-popups allow-same-origin allow-presentation' : 'allow-scripts allow-forms allow-popups'}
        allow="fullscreen"
        loading="lazy"
        referrerPolicy="no-referrer"
      />
      {isElsewhere && content.mode === 'url' && (
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
