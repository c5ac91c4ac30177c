import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { useCourseDraftQuery, usePublishCourseMutation, usePublishDiffQuery, type Finding } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { TextArea } from '@ui/TextArea';
import { toast } from '@ui/toast';

import { CourseFrame } from './CourseFrame';
import { Changes } from './publish/Changes';
import { ExportCard } from './publish/ExportCard';
import { Findings } from './publish/Findings';
import { Published } from './publish/Published';
import { Snapshots } from './publish/Snapshots';

const NO_FINDINGS: Finding[] = [];

export default function PublishPage() {
  const t = useT();
  const { course = '' } = useParams({ strict: false });
  const { data: draft } = useCourseDraftQuery({ course });
  const { currentData: diff, error, refetch } = usePublishDiffQuery({ course }, { refetchOnMountOrArgChange: true });
  const [note, setNote] = useState('');
  const [publish, { isLoading, error: refusal }] = usePublishCourseMutation();
  const findings = diff?.findings ?? NO_FINDINGS;
  const errors = findings.filter((finding) => finding.severity === 'error');
  const isSame = diff !== undefined && diff.published === diff.draft;
  const send = async (): Promise<void> => {
    const answer = await publish({ course, publishNote: { note: note.trim() } });
    if (!answer.data) return;
    setNote('');
    toast(t('author.publish.done', { number: answer.data.number }));
    void refetch();
  };
  return (
    <CourseFrame course={course} title={t('author.publish.title')}>
      {!diff && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={10} />)}
      {diff && (
        <div className="split">
          <div className="section">
            <Findings course={course} findings={findings} />
            {!isSame && <Changes course={course} diff={diff} isFirst={diff.published === null} />}
          </div>
          <aside className="section" aria-label={t('author.publish.title')}>
            <Card className="stack">
              {isSame ? (
                <Banner tone="success">{t('author.publish.same')}</Banner>
              ) : (
                <>
                  {errors.length > 0 && <Banner tone="danger">{t('author.publish.blocked', { count: errors.length })}</Banner>}
                  <ProblemBanner problem={asProblem(refusal)} />
                  <TextArea label={t('author.publish.note')} hint={t('author.publish.note-hint')} optional maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
                  <Button kind="primary" wide icon="send" busy={isLoading} disabled={errors.length > 0} onClick={() => void send()}>
                    {t('author.publish.action')}
                  </Button>
                  <p className="muted small">{t(diff.published === null ? 'author.publish.first-line' : 'author.publish.line')}</p>
                </>
              )}
              {draft?.snapshot && <Published draft={draft} />}
            </Card>
            <ExportCard course={course} />
          </aside>
        </div>
      )}
      <Snapshots course={course} current={diff?.published ?? null} />
    </CourseFrame>
  );
}
