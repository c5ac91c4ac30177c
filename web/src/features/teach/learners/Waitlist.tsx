import { useGrantSeatMutation, useRemoveSeatMutation, useSeatRulesQuery, useSeatsQuery, type SeatView } from '@lib/api/enrollment';
import { useProfilesQuery } from '@lib/api/people';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { DataTable, type Column } from '@ui/DataTable';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { toast } from '@ui/toast';

/** Who waits for a seat, first come first; staff may let somebody in or out of the queue. */
export function Waitlist({ course }: { course: string }) {
  const t = useT();
  const format = useFormats();
  const { data: rules } = useSeatRulesQuery({ course });
  const { data, error, refetch } = useSeatsQuery({ course, limit: 200 }, { refetchOnMountOrArgChange: true });
  const [grant, granting] = useGrantSeatMutation();
  const [remove, removing] = useRemoveSeatMutation();
  const waiting = (data?.items ?? []).filter((seat) => seat.state === 'waitlisted').toSorted((one, other) => (one.position ?? 0) - (other.position ?? 0));
  const { data: profiles } = useProfilesQuery({ users: waiting.map((seat) => seat.user_id) }, { skip: waiting.length === 0 });
  const nameOf = (seat: SeatView): string => profiles?.[seat.user_id] || t('teach.no-name');
  if (!data) return error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={6} />;
  const columns: Column<SeatView>[] = [
    { id: 'position', head: t('teach.col.position'), number: true, cell: (seat) => format.number(seat.position ?? 0) },
    { id: 'name', head: t('teach.col.name'), rowHead: true, cell: (seat) => <bdi>{nameOf(seat)}</bdi> },
    { id: 'since', head: t('teach.col.since'), cell: (seat) => format.dateTime(seat.since) },
    {
      id: 'actions',
      head: <span className="visually-hidden">{t('teach.col.more')}</span>,
      cell: (seat) => (
        <div className="row">
          <Button onClick={() => void grant({ course, seatIn: { user_id: seat.user_id } }).then((answer) => !answer.error && toast(t('teach.seated', { name: nameOf(seat) })))}>{t('teach.seat-now')}</Button>
          <Button kind="quiet" onClick={() => void remove({ course, user: seat.user_id }).then((answer) => !answer.error && toast(t('teach.removed', { name: nameOf(seat) })))}>
            {t('teach.remove')}
          </Button>
        </div>
      ),
    },
  ];
  return (
    <div className="section">
      {rules && <p className="muted">{rules.capacity === null ? t('teach.no-limit', { taken: rules.taken }) : t('teach.taken', { taken: rules.taken, capacity: rules.capacity, waiting: rules.waiting })}</p>}
      <ProblemBanner problem={asProblem(granting.error ?? removing.error)} />
      <DataTable caption={t('teach.waiting')} columns={columns} rows={waiting} keyOf={(seat) => seat.user_id} empty={<EmptyState icon="clock" title={t('teach.nobody-waits')} level={2} />} />
    </div>
  );
}
