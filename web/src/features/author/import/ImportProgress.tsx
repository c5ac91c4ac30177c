import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useDispatch } from 'react-redux';

import { announce } from '@lib/announce';
import { api } from '@lib/api/base';
import { useImportReportQuery, type ImportReport } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Card } from '@ui/Card';
import { ErrorState } from '@ui/ErrorState';
import { ProgressBar } from '@ui/Progress';
import { SkeletonLines } from '@ui/Skeleton';

import { Counts } from './Counts';
import { ReportTable } from './ReportTable';

const EVERY_MS = 500;
const ENDED = new Set(['done', 'failed']);

export const isOver = (report: Pick<ImportReport, 'state'>): boolean => ENDED.has(report.state);

/** How far an import is; when it is over, what came of it. */
export function ImportProgress({ id }: { id: string }) {
  const t = useT();
  const dispatch = useDispatch();
  const [isEnded, setEnded] = useState(false);
  const { data, error, refetch } = useImportReportQuery({ importId: id, limit: 200 }, { pollingInterval: isEnded ? 0 : EVERY_MS, skipPollingIfUnfocused: false });
  const state = data?.state;
  const ended = state !== undefined && ENDED.has(state);
  if (ended !== isEnded) setEnded(ended);
  useEffect(() => {
    if (!state || !ENDED.has(state)) return;
    announce(t(state === 'done' ? 'author.import.done' : 'author.import.failed'));
    dispatch(api.util.invalidateTags(['MyCourses']));
  }, [state, dispatch, t]);
  if (!data) return error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={5} />;
  const again = (
    <Link className="btn btn-secondary" to="/author/import" search={{}}>
      {t('author.import.another')}
    </Link>
  );
  if (data.state === 'failed') {
    return (
      <>
        <Banner tone="danger">
          <strong>{t('author.import.failed')}</strong>
          <p>{data.error}</p>
          <p>{t('author.import.nothing-changed')}</p>
        </Banner>
        <div className="row">{again}</div>
      </>
    );
  }
  if (!isOver(data)) return <Running report={data} />;
  const left = (data.blocks?.skipped ?? 0) + (data.blocks?.converted_with_loss ?? 0);
  return (
    <>
      <Banner tone={left > 0 ? 'warning' : 'success'}>
        <strong>{t('author.import.done')}</strong> {t('author.import.done-line', { left })}
      </Banner>
      {data.blocks && <Counts blocks={data.blocks} />}
      <div className="row">
        {data.course && (
          <Link className="btn btn-primary" to="/author/$course/outline" params={{ course: data.course }} search={{}}>
            {t('author.import.open')}
          </Link>
        )}
        {again}
      </div>
      <ReportTable id={id} course={data.course} />
    </>
  );
}

function Running({ report }: { report: ImportReport }) {
  const t = useT();
  const share = report.total > 0 ? report.done / report.total : null;
  return (
    <Card className="stack">
      <h2>{t('author.import.running', { name: report.filename })}</h2>
      <ProgressBar label={t('author.import.running', { name: report.filename })} share={share} />
      <p className="muted small nums">
        {report.total > 0 ? t('author.import.step', { done: Math.min(report.done + 1, report.total), total: report.total, note: report.note }) : report.note || t('author.import.waiting')}
      </p>
      <p className="muted small">{t('author.import.leave')}</p>
    </Card>
  );
}
