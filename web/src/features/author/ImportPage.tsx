import './author.css';

import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { announce } from '@lib/announce';
import { asProblem } from '@lib/asProblem';
import type { ImportStarted } from '@lib/api/courses';
import { mayAuthor, useViewerQuery } from '@lib/api/viewer';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { sendFile } from '@lib/upload';
import { Breadcrumb } from '@ui/Breadcrumb';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { FileDrop } from '@ui/FileDrop';
import { Forbidden } from '@ui/Forbidden';
import { Page } from '@ui/Page';
import { ProblemBanner } from '@ui/ProblemBanner';
import { ProgressBar } from '@ui/Progress';

import { ImportProgress } from './import/ImportProgress';
import { formatOf } from './import/formatOf';

type Sending = { name: string; size: number; share: number };

export default function ImportPage() {
  const t = useT();
  const navigate = useNavigate();
  const { import: running } = useSearch({ strict: false });
  const [sending, setSending] = useState<Sending>();
  const [problem, setProblem] = useState<Problem>();
  const { data: viewer } = useViewerQuery();
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  const toDrafts = (
    <Link className="btn btn-secondary" to="/author">
      {t('author.back')}
    </Link>
  );
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setProblem(undefined);
    setSending({ name: file.name, size: file.size, share: 0 });
    announce(t('author.import.sending', { name: file.name }));
    stop.current = new AbortController();
    try {
      const started = await sendFile<ImportStarted>({
        url: `/courses/import?format=${formatOf(file.name)}&filename=${encodeURIComponent(file.name)}`,
        file,
        signal: stop.current.signal,
        onProgress: (share) => setSending({ name: file.name, size: file.size, share }),
      });
      await navigate({ to: '/author/import', search: { import: started.import_id }, replace: true });
    } catch (error) {
      if (!(error instanceof DOMException)) setProblem(asProblem(error));
    } finally {
      setSending(undefined);
    }
  };

  if (viewer && !mayAuthor(viewer.roles)) {
    return (
      <Page title={t('author.import.title')}>
        <Forbidden back={toDrafts} />
      </Page>
    );
  }
  return (
    <Page
      title={t('author.import.title')}
      lead={t('author.import.lead')}
      above={
        <Breadcrumb>
          {[
            <Link key="all" to="/author">
              {t('author.author.title')}
            </Link>,
          ]}
        </Breadcrumb>
      }
    >
      <ProblemBanner problem={problem} />
      {!sending && !running && (
        <>
          <FileDrop label={t('author.import.drop')} hint={t('author.import.hint')} accept=".zip,.tar.gz,.tgz,.gz,application/gzip,application/zip" onFiles={([file]) => void take(file)} />
          <p className="muted small">{t('author.import.safe')}</p>
        </>
      )}
      {sending && <Upload sending={sending} onStop={() => stop.current?.abort()} />}
      {running && !sending && <ImportProgress id={running} />}
    </Page>
  );
}

function Upload({ sending, onStop }: { sending: Sending; onStop: () => void }) {
  const t = useT();
  const format = useFormats();
  const label = t('author.import.sending', { name: sending.name });
  return (
    <Card className="stack">
      <h2>
        <bdi>{label}</bdi>
      </h2>
      <ProgressBar label={label} share={sending.share} />
      <div className="row between">
        <span className="muted small nums">{t('author.import.sent', { sent: format.bytes(sending.size * sending.share), size: format.bytes(sending.size) })}</span>
        <Button onClick={onStop}>{t('ui.cancel')}</Button>
      </div>
    </Card>
  );
}
