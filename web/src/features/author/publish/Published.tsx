import { Link } from '@tanstack/react-router';

import type { DraftCourse } from '@lib/api/courses';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

/** Where the published course can be seen, and since when it is as it is. */
export function Published({ draft }: { draft: DraftCourse }) {
  const t = useT();
  const format = useFormats();
  return (
    <>
      {draft.published_at && <p className="muted small">{t('author.publish.last', { when: format.dateTime(draft.published_at) })}</p>}
      <Link className="btn btn-secondary btn-wide" to="/c/$course" params={{ course: draft.fields.slug }}>
        <Icon name="eye" />
        {t('author.publish.see')}
      </Link>
      <Link className="btn btn-secondary btn-wide" to="/teach/$course/people" params={{ course: draft.id }} search={{}}>
        <Icon name="users" />
        {t('author.publish.people')}
      </Link>
    </>
  );
}
