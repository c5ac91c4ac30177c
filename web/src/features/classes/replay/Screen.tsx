import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

import type { Slide } from './timeline';
import type { Film } from './useClock';

/** What was to be seen: the film, or without one the slide that was shown at that time. */
export function Screen({ film, slide, page }: { film: Film | undefined; slide: Slide | undefined; page: string | undefined }) {
  const t = useT();
  return (
    <div className="replay-screen">
      {film ? (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- conference servers record without captions; the chat beside it is text
        <video className="replay-film" playsInline preload="metadata" aria-label={t('classes.replay.film')} {...film.props} />
      ) : slide?.url ? (
        <img className="replay-film" src={slide.url} alt={slide.title || t('classes.replay.slide', { number: slide.number })} />
      ) : (
        <p className="replay-words" dir="auto">
          {slide?.title || t('classes.replay.no-slide')}
        </p>
      )}
      {page && (
        <a className="btn btn-play replay-page" href={page} target="_blank" rel="noreferrer">
          <Icon name="video" />
          {t('classes.replay.open-page')}
        </a>
      )}
    </div>
  );
}
