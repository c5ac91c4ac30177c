import { Link } from '@tanstack/react-router';

import type { ShelfView } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Card } from '@ui/Card';
import { CoursePicture } from '@ui/CoursePicture';
import { Icon } from '@ui/Icon';
import { ProgressBar } from '@ui/Progress';

/** A course that is being studied. */
export function CourseCard({ shelf }: { shelf: ShelfView }) {
  const t = useT();
  const format = useFormats();
  const share = shelf.percent / 100;
  return (
    <Card as="li" className="course-card">
      <CoursePicture url={shelf.image_url} alt={shelf.image_alt} seed={shelf.course_id} />
      <div className="stack course-card-body">
        <h3 dir="auto">
          <Link className="card-cover" to="/learn/$course" params={{ course: shelf.slug }}>
            {shelf.title}
          </Link>
        </h3>
        {shelf.summary && (
          <p className="course-card-line muted small" dir="auto">
            {shelf.summary}
          </p>
        )}
        <div className="course-bar">
          <ProgressBar label={t('learn.progress.of', { course: shelf.title })} share={share} />
          <span className="small nums" aria-hidden="true">
            {format.percent(share)}
          </span>
        </div>
      </div>
    </Card>
  );
}

/** A course whose seats are taken: the place in its queue. */
export function WaitingRow({ shelf }: { shelf: ShelfView }) {
  const t = useT();
  return (
    <li>
      <Icon name="clock" />
      <Link className="grow" to="/c/$course" params={{ course: shelf.slug }}>
        {shelf.title}
      </Link>
      <Badge tone="warning">{shelf.position === null ? t('learn.waiting.badge') : t('learn.waiting.place', { position: shelf.position })}</Badge>
    </li>
  );
}

/** A course that is done; it stays open to read again. */
export function CompletedRow({ shelf }: { shelf: ShelfView }) {
  const t = useT();
  const format = useFormats();
  return (
    <li>
      <Icon name="check-circle" className="is-done" />
      <Link className="grow" to="/learn/$course" params={{ course: shelf.slug }}>
        {shelf.title}
      </Link>
      {shelf.completed_at && <span className="small muted">{t('learn.home.completed-at', { when: format.date(shelf.completed_at) })}</span>}
      <Link to="/learn/$course/progress" params={{ course: shelf.slug }} aria-label={t('learn.progress.of', { course: shelf.title })}>
        {t('learn.progress.title')}
      </Link>
    </li>
  );
}
