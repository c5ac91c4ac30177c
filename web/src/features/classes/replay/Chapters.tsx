import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Icon, type IconName } from '@ui/Icon';

import { lastAt, type Chapter } from './timeline';

const SIGNS: Record<Chapter['kind'], IconName> = { slide: 'image', poll: 'chart', question: 'question' };

/** Where one can go: slides, polls, and questions when they were answered. */
export function Chapters({ chapters, nowS, onSeek }: { chapters: Chapter[]; nowS: number; onSeek: (toS: number) => void }) {
  const t = useT();
  const format = useFormats();
  const now = lastAt(chapters, nowS);
  return (
    <section className="section" aria-labelledby="replay-chapters">
      <h2 id="replay-chapters">{t('classes.replay.chapters')}</h2>
      {chapters.length === 0 ? (
        <p className="muted">{t('classes.replay.no-chapters')}</p>
      ) : (
        <ol className="list card replay-chapters">
          {chapters.map((chapter) => (
            <li key={chapter.id}>
              <button type="button" className="replay-chapter" aria-current={chapter === now ? 'true' : undefined} onClick={() => onSeek(chapter.atS)}>
                <Icon name={SIGNS[chapter.kind]} />
                <span className="visually-hidden">{t(`classes.replay.kind.${chapter.kind}`)}</span>
                <span className="grow" dir="auto">
                  {chapter.words || t('classes.replay.slide', { number: chapter.number })}
                </span>
                <span className="nums small" dir="ltr">
                  {format.clock(chapter.atS)}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
