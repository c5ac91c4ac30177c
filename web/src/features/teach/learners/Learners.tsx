import { useState } from 'react';

import { useRemoveSeatMutation } from '@lib/api/enrollment';
import { useLearnersProgressQuery, type LearnerRow } from '@lib/api/progress';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { DataTable, type Column } from '@ui/DataTable';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { IconButton } from '@ui/IconButton';
import { Menu } from '@ui/Menu';
import { Pagination } from '@ui/Pagination';
import { ProblemBanner } from '@ui/ProblemBanner';
import { ProgressBar } from '@ui/Progress';
import { SkeletonLines } from '@ui/Skeleton';
import { toast } from '@ui/toast';
import { useKeysetPages } from '@ui/useKeysetPages';

import { SEAT_TONES } from '../tones';
import { OneLearner } from './OneLearner';
import { Points } from './Points';

const A_PAGE = 50;

/** Who is in the course and how far each is. */
export function Learners({ course, onEnrol }: { course: string; onEnrol: () => void }) {
  const t = useT();
  const format = useFormats();
  const [now] = useState(Date.now);
  const pages = useKeysetPages(course);
  const { data, error, isFetching, refetch } = useLearnersProgressQuery({ course, cursor: pages.cursor, limit: A_PAGE }, { refetchOnMountOrArgChange: true });
  const [shown, setShown] = useState<LearnerRow>();
  const [leaving, setLeaving] = useState<LearnerRow>();
  const [remove, { isLoading: isRemoving, error: refusal, reset }] = useRemoveSeatMutation();
  const columns: Column<LearnerRow>[] = [
    {
      id: 'name',
      head: t('teach.col.name'),
      rowHead: true,
      cell: (row) => (
        <button type="button" className="btn btn-quiet" onClick={() => setShown(row)}>
          <bdi>{row.display_name || t('teach.no-name')}</bdi>
        </button>
      ),
    },
    {
      id: 'percent',
      head: t('teach.col.percent'),
      cell: (row) => (
        <div className="share">
          <ProgressBar label={t('teach.progress-of', { name: row.display_name })} share={row.percent / 100} />
          <span className="nums">{format.percent(row.percent / 100)}</span>
        </div>
      ),
    },
    { id: 'points', head: t('teach.col.points'), number: true, cell: (row) => <Points of={row} /> },
    { id: 'active', head: t('teach.col.active'), cell: (row) => (row.active_at ? format.relative(row.active_at, now) : t('teach.never')) },
    { id: 'state', head: t('teach.col.state'), cell: (row) => <Badge tone={SEAT_TONES[row.seat_state] ?? 'neutral'}>{t(`teach.seat.${row.seat_state}`)}</Badge> },
    {
      id: 'more',
      head: <span className="visually-hidden">{t('teach.col.more')}</span>,
      cell: (row) => (
        <Menu
          label={t('teach.more', { name: row.display_name })}
          items={[
            { id: 'see', label: t('teach.see-progress'), icon: 'chart', onPress: () => setShown(row) },
            { id: 'remove', label: t('teach.remove'), icon: 'trash', danger: true, disabled: !['active', 'completed'].includes(row.seat_state), onPress: () => setLeaving(row) },
          ]}
          trigger={(props) => <IconButton icon="more" label={t('teach.more', { name: row.display_name })} tip={false} {...props} />}
        />
      ),
    },
  ];
  const confirm = async (): Promise<void> => {
    if (!leaving) return;
    const answer = await remove({ course, user: leaving.user_id });
    if (answer.error) return;
    toast(t('teach.removed', { name: leaving.display_name }));
    setLeaving(undefined);
  };
  if (!data) return error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />;
  return (
    <div className="section">
      {data.items.length > 0 && <p className="muted small">{t('teach.points-line')}</p>}
      <DataTable
        caption={t('teach.learners')}
        columns={columns}
        rows={data.items}
        keyOf={(row) => row.user_id}
        empty={
          <EmptyState
            icon="users"
            title={t('teach.nobody')}
            action={
              <Button kind="primary" icon="plus" onClick={onEnrol}>
                {t('teach.enrol')}
              </Button>
            }
          >
            {t('teach.nobody-line')}
          </EmptyState>
        }
      />
      <Pagination hasPrevious={pages.hasPrevious} hasNext={data.next !== null} busy={isFetching} onPrevious={pages.previous} onNext={() => data.next && pages.next(data.next)} />
      {shown && <OneLearner course={course} row={shown} onClose={() => setShown(undefined)} />}
      <ConfirmDialog
        title={t('teach.remove-title', { name: leaving?.display_name ?? '' })}
        action={t('teach.remove')}
        danger
        busy={isRemoving}
        open={leaving !== undefined}
        onConfirm={() => void confirm()}
        onClose={() => {
          reset();
          setLeaving(undefined);
        }}
      >
        <ProblemBanner problem={asProblem(refusal)} />
        <p>{t('teach.remove-line')}</p>
      </ConfirmDialog>
    </div>
  );
}
