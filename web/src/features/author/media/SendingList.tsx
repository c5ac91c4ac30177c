import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { IconButton } from '@ui/IconButton';
import { ProblemBanner } from '@ui/ProblemBanner';
import { ProgressBar } from '@ui/Progress';

import type { Sent } from './useSending';

/** How far each file is. */
export function SendingList({ files, onForget }: { files: Sent[]; onForget: (name: string) => void }) {
  const t = useT();
  const format = useFormats();
  if (files.length === 0) return null;
  return (
    <ul className="list">
      {files.map((file) => (
        <li key={file.name}>
          <div className="grow stack">
            <span className="row between">
              <bdi>{file.name}</bdi>
              {!file.problem && <span className="nums muted small">{format.percent(file.share)}</span>}
            </span>
            {file.problem ? <ProblemBanner problem={file.problem} /> : <ProgressBar label={t('author.import.sending', { name: file.name })} share={file.share} />}
          </div>
          <IconButton icon="close" label={t('author.media.stop', { name: file.name })} tip={false} onClick={file.problem ? () => onForget(file.name) : file.stop} />
        </li>
      ))}
    </ul>
  );
}
