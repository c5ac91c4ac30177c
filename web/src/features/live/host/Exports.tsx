import { useState } from 'react';

import { exchange } from '@lib/api/base';
import type { Problem } from '@lib/problem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { ProblemBanner } from '@ui/ProblemBanner';

const FILES = ['attendance', 'chat', 'polls'] as const;

/** What was there, as files for a spreadsheet. */
export function Exports({ classId }: { classId: string }) {
  const t = useT();
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const fetchFile = async (file: string): Promise<void> => {
    setBusy(file);
    const answer = await exchange({ url: `/live/classes/${encodeURIComponent(classId)}/${file}.csv`, headers: { accept: 'text/csv' } });
    setBusy(undefined);
    if ('error' in answer) return setProblem(answer.error);
    setProblem(undefined);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([String(answer.data)], { type: 'text/csv' }));
    link.download = `${file}-${classId.slice(0, 8)}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <section className="card section host-card" aria-labelledby="exports">
      <h2 id="exports">{t('live.exports')}</h2>
      <ProblemBanner problem={problem} />
      <div className="row">
        {FILES.map((file) => (
          <Button key={file} icon="download" busy={busy === file} onClick={() => void fetchFile(file)}>
            {t(`live.exports.${file}`)}
          </Button>
        ))}
      </div>
    </section>
  );
}
