import { Link } from '@tanstack/react-router';
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

import { adviceOf } from './advice';
import { atFirst, matching, type Filter } from './filter';

const TONES: Record<Outcome, Tone> = { imported: 'success', converted_with_loss: 'warning', skipped: 'danger' };
const SHOWN = 100;
const NONE: ReportItem[] = [];

/** Every part of the package and what became of it: nothing disappears silently. */
export function ReportTable({ id, course }: { id: string; course: string | null }) {
  const t = useT();
  const { data, error, refetch } = useWholeImportReportQuery({ importId: id });
  const items = data ?? NONE;
  const [chosen, setChosen] = useState<Filter>();
  const [words, setWords] = useState('');
  const [shown, setShown] = useState(SHOWN);
  const filter = chosen ?? atFirst(items);
  const found = useMemo(() => matching(items, filter, words), [items, filter, words]);
  const columns: Column<ReportItem>[] = [
    { id: 'part', head: t('author.report.part'), rowHead: true, cell: (item) => <Part item={item} course={course} /> },
    { id: 'kind', head: t('author.report.kind'), cell: (item) => item.kind },
    { id: 'outcome', head: t('author.report.outcome'), cell: (item) => <Badge tone={TONES[item.outcome]}>{t(`author.outcome.${item.outcome}`)}</Badge> },
    { id: 'reason', head: t('author.report.reason'), cell: (item) => <Reason item={item} /> },
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
          segments={(['look', 'all', 'converted_with_loss', 'skipped', 'imported'] as const).map((value) => ({ value, label: t(`author.report.show-${value}`) }))}
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

/** What the part is called and where it stands; its place in the package for those who look there. */
function Part({ item, course }: { item: ReportItem; course: string | null }) {
  const t = useT();
  const title = <bdi>{item.title || t('author.report.untitled', { kind: item.kind })}</bdi>;
  return (
    <>
      {course && item.node ? (
        <Link to="/author/$course/outline" params={{ course }} search={{ node: item.node }}>
          {title}
        </Link>
      ) : (
        item.node && title
      )}
      {item.unit && <div className="small">{t('author.check.in', { unit: item.unit })}</div>}
      <bdi className="path small muted">{item.path}</bdi>
    </>
  );
}

/** Why, and what to do, in plain words where we have them; the importer's own beside them. */
function Reason({ item }: { item: ReportItem }) {
  const t = useT();
  const advice = adviceOf(item);
  if (!advice) return <bdi lang="en">{item.reason}</bdi>;
  return (
    <>
      <p>{t(`author.why.${advice}`)}</p>
      {advice !== 'unused' && (
        <p className="small muted">
          <bdi lang="en">{item.reason}</bdi>
        </p>
      )}
    </>
  );
}
