import { useId, useState, type FormEvent } from 'react';

import type { ImportedRow, PeopleReport } from '@lib/api/enrollment';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Badge, type Tone } from '@ui/Badge';
import { Button } from '@ui/Button';
import { DataTable, type Column } from '@ui/DataTable';
import { Dialog } from '@ui/Dialog';
import { FileDrop } from '@ui/FileDrop';
import { ProblemBanner } from '@ui/ProblemBanner';
import { ProgressBar } from '@ui/Progress';
import { Segments } from '@ui/Segments';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { csvOf, csvOfPasted } from './people';
import { usePeopleFile } from './usePeopleFile';

const TONES: Record<string, Tone> = { enrolled: 'success', invited: 'info', already: 'neutral', repeated: 'neutral', refused: 'danger' };
type Way = 'one' | 'many';

/** Enrol one person or a list. Nothing happens before its effect was shown. */
export function EnrolDialog({ course, onClose }: { course: string; onClose: () => void }) {
  const t = useT();
  const form = useId();
  const [way, setWay] = useState<Way>('one');
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [pasted, setPasted] = useState('');
  const [plan, setPlan] = useState<{ csv: string; report: PeopleReport }>();
  const { send, isLoading, error, reset, share } = usePeopleFile(course);
  const isReady = way === 'one' ? email.includes('@') : pasted.includes('@');

  const preview = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const csv = way === 'one' ? csvOf(email, name) : csvOfPasted(pasted);
    const report = await send(csv, true);
    if (report) setPlan({ csv, report });
  };
  const confirm = async (): Promise<void> => {
    if (!plan) return;
    const report = await send(plan.csv, false);
    if (!report) return;
    toast(t('teach.enrolled', { count: (report.counts.enrolled ?? 0) + (report.counts.invited ?? 0) }));
    onClose();
  };
  const willChange = (plan?.report.counts.enrolled ?? 0) + (plan?.report.counts.invited ?? 0);

  return (
    <Dialog
      title={t('teach.enrol')}
      open
      width={640}
      onClose={onClose}
      foot={
        plan ? (
          <>
            <Button onClick={() => setPlan(undefined)}>{t('teach.back')}</Button>
            <Button kind="primary" busy={isLoading} disabled={willChange === 0} onClick={() => void confirm()}>
              {t('teach.enrol-count', { count: willChange })}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>{t('ui.cancel')}</Button>
            <Button kind="primary" type="submit" form={form} busy={isLoading} disabled={!isReady}>
              {t('teach.preview')}
            </Button>
          </>
        )
      }
    >
      <div className="stack">
        <ProblemBanner problem={asProblem(error)} />
        {share !== null && <ProgressBar label={t('teach.working')} share={share} />}
        {plan ? (
          <Plan report={plan.report} />
        ) : (
          <form id={form} className="form" onSubmit={(event) => void preview(event)}>
            <Segments<Way>
              legend={t('teach.how-many')}
              hideLegend
              value={way}
              segments={[
                { value: 'one', label: t('teach.one'), icon: 'user' },
                { value: 'many', label: t('teach.many'), icon: 'users' },
              ]}
              onChange={(next) => {
                reset();
                setWay(next);
              }}
            />
            {way === 'one' ? (
              <>
                <TextField label={t('teach.email')} type="email" dir="ltr" required value={email} onChange={(event) => setEmail(event.target.value)} />
                <TextField label={t('teach.name')} hint={t('teach.name-hint')} optional maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
              </>
            ) : (
              <>
                <TextArea label={t('teach.list')} hint={t('teach.list-hint')} dir="ltr" rows={6} value={pasted} onChange={(event) => setPasted(event.target.value)} />
                <FileDrop label={t('teach.drop')} accept=".csv,text/csv,text/plain" onFiles={([file]) => void file?.text().then(setPasted)} />
              </>
            )}
          </form>
        )}
      </div>
    </Dialog>
  );
}

function Plan({ report }: { report: PeopleReport }) {
  const t = useT();
  const columns: Column<ImportedRow>[] = [
    { id: 'line', head: t('teach.col.line'), number: true, cell: (row) => row.line },
    { id: 'email', head: t('teach.email'), rowHead: true, cell: (row) => <bdi>{row.email}</bdi> },
    {
      id: 'outcome',
      head: t('teach.col.outcome'),
      cell: (row) => (
        <>
          <Badge tone={TONES[row.outcome] ?? 'neutral'}>{t(`teach.outcome.${row.outcome}`)}</Badge>
          {row.reason && <p className="small muted">{row.reason}</p>}
        </>
      ),
    },
  ];
  return (
    <>
      <p role="status">{t('teach.plan')}</p>
      <p className="diff-counts">
        {Object.entries(report.counts).map(([outcome, count]) => (
          <Badge key={outcome} tone={TONES[outcome] ?? 'neutral'}>
            {count} {t(`teach.outcome.${outcome}`)}
          </Badge>
        ))}
      </p>
      <DataTable caption={t('teach.plan')} columns={columns} rows={report.items} keyOf={(row) => `${row.line}-${row.email}`} />
    </>
  );
}
