import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

const PIECES = 18;

/** The end of a course: said in words; the paper rain is for those who like motion. */
export function Celebration({ course, at }: { course: string; at?: string }) {
  const t = useT();
  return (
    <section className="celebration" aria-labelledby="celebration-title">
      <div className="confetti" aria-hidden="true">
        {Array.from({ length: PIECES }, (_, piece) => (
          <i key={piece} style={{ '--n': piece } as React.CSSProperties} />
        ))}
      </div>
      <Icon name="star" />
      <div>
        <h2 id="celebration-title">{t('learn.done.title')}</h2>
        <p>{at ? t('learn.done.line-at', { course, when: at }) : t('learn.done.line', { course })}</p>
      </div>
    </section>
  );
}
