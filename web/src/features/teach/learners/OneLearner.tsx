import { useLearnerProgressQuery, type LearnerRow, type SectionProgress } from '@lib/api/progress';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { DataTable, type Column } from '@ui/DataTable';
import { Dialog } from '@ui/Dialog';
import { ErrorState } from '@ui/ErrorState';
import { ProgressBar } from '@ui/Progress';
import { SkeletonLines } from '@ui/Skeleton';
import { Stat } from '@ui/Stat';

import { Points } from './Points';

/** One learner's way through the course, section by section. */
export function OneLearner({ course, row, onClose }: { course: string; row: LearnerRow; onClose: () => void }) {
  const t = useT();
  const format = useFormats();
  const { currentData, error, refetch } = useLearnerProgressQuery({ course, user: row.user_id }, { refetchOnMountOrArgChange: true });
  const columns: Column<SectionProgress>[] = [
    { id: 'title', head: t('teach.col.section'), rowHead: true, cell: (section) => <bdi>{section.title}</bdi> },
    { id: 'done', head: t('teach.col.done'), number: true, cell: (section) => t('teach.done-of', { done: section.completed, all: section.required }) },
    { id: 'points', head: t('teach.col.points'), number: true, cell: (section) => <Points of={section} /> },
    {
      id: 'percent',
      head: t('teach.col.percent'),
      cell: (section) => (
        <div className="share">
          <ProgressBar label={section.title} share={section.percent / 100} />
          <span className="nums">{format.percent(section.percent / 100)}</span>
        </div>
      ),
    },
  ];
  return (
    <Dialog title={row.display_name || t('teach.no-name')} open width={760} onClose={onClose}>
      {!currentData && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} level={3} /> : <SkeletonLines lines={6} />)}
      {currentData && (
        <div className="stack">
          <dl className="grid" style={{ '--col': '130px' } as React.CSSProperties}>
            <Stat label={t('teach.col.percent')} value={format.percent(currentData.percent / 100)} />
            <Stat label={t('teach.col.done')} value={t('teach.done-of', { done: currentData.completed, all: currentData.required })} />
            <Stat label={t('teach.col.points')} value={<Points of={currentData} />} />
          </dl>
          <p className="muted small">
            {t('teach.since', { when: format.date(row.since) })} {currentData.completed_at && t('teach.completed-at', { when: format.date(currentData.completed_at) })}
          </p>
          <p className="muted small">{t('teach.points-line')}</p>
          <DataTable caption={t('teach.by-section')} columns={columns} rows={currentData.by_section} keyOf={(section) => section.id} />
        </div>
      )}
    </Dialog>
  );
}
