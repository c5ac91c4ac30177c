import { skipToken } from '@reduxjs/toolkit/query/react';
import { useState } from 'react';

import { useExportCourseMutation, useExportStateQuery } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { Icon } from '@ui/Icon';
import { ProblemBanner } from '@ui/ProblemBanner';
import { ProgressBar } from '@ui/Progress';

const EVERY_MS = 700;

/** Write the draft to a package that any Stoa can read. */
export function ExportCard({ course }: { course: string }) {
  const t = useT();
  const format = useFormats();
  const [start, { data: started, isLoading, error }] = useExportCourseMutation();
  const [isOver, setOver] = useState(false);
  const { currentData: state } = useExportStateQuery(started ? { course, export: started.id } : skipToken, { pollingInterval: isOver ? 0 : EVERY_MS });
  const ended = state?.state === 'done' || state?.state === 'failed';
  if (ended !== isOver) setOver(ended);
  const isRunning = isLoading || (started !== undefined && !ended);
  return (
    <Card as="section" className="stack">
      <h2>{t('author.export.title')}</h2>
      <p className="muted small">{t('author.export.line')}</p>
      <ProblemBanner problem={asProblem(error)} />
      {isRunning && <ProgressBar label={t('author.export.running')} share={state && state.total > 0 ? state.done / state.total : null} />}
      {state?.state === 'failed' && <Banner tone="danger">{state.error || t('author.export.failed')}</Banner>}
      {state?.state === 'done' && state.url !== '' ? (
        <a className="btn btn-primary btn-wide" href={state.url} download>
          <Icon name="download" />
          {t('author.export.download', { size: format.bytes(state.size) })}
        </a>
      ) : (
        <Button wide icon="download" busy={isRunning} onClick={() => void start({ course })}>
          {t('author.export.action')}
        </Button>
      )}
    </Card>
  );
}
