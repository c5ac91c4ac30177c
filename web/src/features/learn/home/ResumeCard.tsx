import { Link } from '@tanstack/react-router';

import type { ShelfView } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';
import { ProgressRing } from '@ui/Progress';

import { useNow } from '../useNow';

/** The one thing to press on this page: go on where it was left. */
export function ResumeCard({ shelf }: { shelf: ShelfView }) {
  const t = useT();
  const format = useFormats();
  const now = useNow();
  const isNew = shelf.resume_unit === null;
  const verb = t(isNew ? 'learn.home.start' : 'learn.home.continue');
  return (
    <section className="card resume" aria-labelledby="resume-title">
      <div className="resume-ring">
        <ProgressRing label={t('learn.progress.of', { course: shelf.title })} share={shelf.percent / 100} size={88} />
        <span className="resume-percent nums" aria-hidden="true">
          {format.percent(shelf.percent / 100)}
        </span>
      </div>
      <div className="grow resume-words">
        <p className="muted small">{isNew ? t('learn.home.new') : shelf.title}</p>
        <h2 id="resume-title">{isNew ? shelf.title : shelf.resume_title || t('learn.home.next')}</h2>
        {shelf.active_at && <p className="small muted">{t('learn.home.last', { when: format.relative(shelf.active_at, now) })}</p>}
      </div>
      {shelf.resume_unit === null ? (
        <Link className="btn btn-primary" to="/learn/$course" params={{ course: shelf.slug }}>
          {verb}
          <Icon name="arrow-end" />
        </Link>
      ) : (
        <Link className="btn btn-primary" to="/learn/$course/$unit" params={{ course: shelf.slug, unit: shelf.resume_unit }}>
          {verb}
          <Icon name="arrow-end" />
        </Link>
      )}
    </section>
  );
}
