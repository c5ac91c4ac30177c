import { useState } from 'react';

import { useRollBackCourseMutation, useSnapshotsQuery, type Publication } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { DataTable, type Column } from '@ui/DataTable';
import { ProblemBanner } from '@ui/ProblemBanner';
import { toast } from '@ui/toast';

/** What was published when; learners can be given an older one again. The draft stays as it is. */
export function Snapshots({ course, current }: { course: string; current: string | null }) {
  const t = useT();
  const format = useFormats();
  const { data } = useSnapshotsQuery({ course }, { refetchOnMountOrArgChange: true });
  const [chosen, setChosen] = useState<Publication>();
  const [rollBack, { isLoading, error }] = useRollBackCourseMutation();
  if (!data || data.length === 0) return null;
  const columns: Column<Publication>[] = [
    { id: 'number', head: t('author.snapshots.number'), rowHead: true, cell: (each) => <span className="nums">{format.number(each.number)}</span> },
    { id: 'when', head: t('author.snapshots.when'), cell: (each) => format.dateTime(each.published_at) },
    { id: 'note', head: t('author.snapshots.note'), cell: (each) => <bdi>{each.note}</bdi> },
    {
      id: 'state',
      head: t('author.snapshots.state'),
      cell: (each) =>
        each.number === data[0]?.number ? (
          <Badge tone="success">{t('author.snapshots.current')}</Badge>
        ) : each.snapshot === current ? (
          <Badge>{t('author.snapshots.same')}</Badge>
        ) : (
          <Button icon="history" onClick={() => setChosen(each)}>
            {t('author.snapshots.roll-back')}
          </Button>
        ),
    },
  ];
  const confirm = async (): Promise<void> => {
    if (!chosen) return;
    const answer = await rollBack({ course, rollBack: { snapshot: chosen.snapshot, note: t('author.snapshots.rolled-note', { number: chosen.number }) } });
    if (!answer.data) return;
    setChosen(undefined);
    toast(t('author.snapshots.rolled', { number: chosen.number }));
  };
  return (
    <section className="section">
      <h2>{t('author.snapshots.title')}</h2>
      <DataTable caption={t('author.snapshots.title')} columns={columns} rows={data} keyOf={(each) => String(each.number)} />
      <ConfirmDialog
        title={t('author.snapshots.roll-back-title', { number: chosen?.number ?? 0 })}
        action={t('author.snapshots.roll-back')}
        open={chosen !== undefined}
        busy={isLoading}
        onClose={() => setChosen(undefined)}
        onConfirm={() => void confirm()}
      >
        <ProblemBanner problem={asProblem(error)} />
        <p>{t('author.snapshots.roll-back-line')}</p>
      </ConfirmDialog>
    </section>
  );
}
