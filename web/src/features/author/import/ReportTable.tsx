import { useMemo, useState } from 'react';

import { useWholeImportReportQuery, type Outcome, type ReportItem } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Badge, type Tone } from '@ui/Badge';
import { Button } from '@ui/Button';
import { DataTable, type Column } from '@ui/DataTable';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { SearchBox } from '@ui/SearchBox';
import { Segments } from '@ui/Segments';
import { SkeletonLines } from '@ui/Skeleton';

import { matching, noteworthy } from './filter';

const TONES: Record<Outcome, Tone> = { imported: 'success', converted_with_loss: 'warning', skipped: 'danger' };
const SHOWN = 100;
const NONE: ReportItem[] = [];
type Filter = Outcome | 'all';

/** Every part of the package and what became of it: nothing disappears silently. */
export function ReportTable({ id }: { id: string }) {
  const t = useT();
  const { data, error, refetch } = useWholeImportReportQuery({ importId: id });
  const items = data ?? NONE;
  const [chosen, setChosen] = useState<Filter>();
  const [words, setWords] = useState('');
  const [shown, setShown] = useState(SHOWN);
  const filter = chosen ?? noteworthy(items);
  const found = useMemo(() => matching(items, filter, words), [items, filter, words]);
  const columns: Column<ReportItem>[] = [
    { id: 'path', head: t('author.report.path'), rowHead: true, cell: (item) => <bdi className="path">{item.path}</bdi> },
    { id: 'kind', head: t('author.report.kind'), cell: (item) => item.kind },
    { id: 'outcome', head: t('author.report.outcome'), cell: (item) => <Badge tone={TONES[item.outcome]}>{t(`author.outcome.${item.outcome}`)}</Badge> },
    { id: 'reason', head: t('author.report.reason'), cell: (item) => item.reason },
  ];
  if (error) return <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />;
  return (
    <section className="section">
      <h2>{t('author.report.title')}</h2>
      <div className="row between">
        <Segments<Filter>
          legend={t('author.report.filter')}
          hideLegend
          value={filter}
          segments={(['all', 'converted_with_loss', 'skipped', 'imported'] as const).map((value) => ({ value, label: t(`author.report.show-${value}`) }))}
          onChange={setChosen}
        />
        <div className="report-search">
          <SearchBox label={t('author.report.search')} value={words} onSearch={setWords} />
        </div>
      </div>
      <p className="muted small" role="status">
        {data ? t('author.report.found', { count: found.length, all: items.length }) : t('author.report.reading')}
      </p>
      {!data ? (
        <SkeletonLines lines={6} />
      ) : (
        <DataTable
          caption={t('author.report.title')}
          columns={columns}
          rows={found.slice(0, Math.min(shown, 200))}
          keyOf={(item) => `${item.path}#${item.kind}#${item.reason}`}
          empty={<EmptyState icon="check-circle" title={t('author.report.nothing')} level={3} />}
        />
      )}
      {found.length > shown && shown < 200 && (
        <div className="row">
          <Button onClick={() => setShown(200)}>{t('author.report.more')}</Button>
        </div>
      )}
      {found.length > 200 && shown >= 200 && <p className="muted small">{t('author.report.narrow')}</p>}
    </section>
  );
}
