import { useId, useState } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

type Props = { label: string; hint?: string; accept?: string; multiple?: boolean; disabled?: boolean; onFiles: (files: File[]) => void };

/** Files by drop, by press or by keyboard; phones offer their camera. */
export function FileDrop({ label, hint, accept, multiple = false, disabled = false, onFiles }: Props) {
  const t = useT();
  const id = useId();
  const [over, setOver] = useState(false);
  const take = (list: FileList | null): void => {
    const files = [...(list ?? [])];
    if (files.length > 0 && !disabled) onFiles(multiple ? files : files.slice(0, 1));
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- dropping is an extra way; the labelled input below is the one for keyboards
    <div
      className={`file-drop ${over ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <Icon name="upload" />
      <p>{label}</p>
      <label className="btn btn-secondary" htmlFor={id}>
        <input
          id={id}
          type="file"
          accept={accept}
          multiple={multiple}
          disabled={disabled}
          aria-describedby={hint ? `${id}-hint` : undefined}
          onChange={(event) => {
            take(event.target.files);
            event.target.value = '';
          }}
        />
        {t(multiple ? 'ui.choose-files' : 'ui.choose-file')}
      </label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
