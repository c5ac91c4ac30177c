import { useRef } from 'react';

import { useCourseAssetsQuery } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';

import { SendingList } from '../media/SendingList';
import { useSending } from '../media/useSending';

type Props = { course: string; label: string; types: RegExp; value: string; mayBeAddress?: boolean; onChange: (reference: string) => void };

/** A file of the course by its name, or an address on the web. */
export function FileField({ course, label, types, value, mayBeAddress = false, onChange }: Props) {
  const t = useT();
  const { data } = useCourseAssetsQuery({ course });
  const input = useRef<HTMLInputElement>(null);
  const { files, send, forget } = useSending(course, (asset) => onChange(asset.reference));
  const fitting = (data ?? []).filter((asset) => types.test(asset.content_type) || types.test(asset.name));
  const isFile = value.startsWith('asset:');
  const isKnown = fitting.some((asset) => asset.reference === value);
  return (
    <>
      <Select
        label={label}
        placeholder={mayBeAddress ? t('author.file.address') : t('author.file.none')}
        options={[...(isFile && !isKnown ? [{ value, label: value.slice(6) }] : []), ...fitting.map(({ reference, name }) => ({ value: reference, label: name }))]}
        value={isFile ? value : ''}
        onChange={(event) => onChange(event.target.value)}
      />
      {mayBeAddress && !isFile && <TextField label={t('author.file.web')} dir="ltr" inputMode="url" placeholder="https://" value={value} onChange={(event) => onChange(event.target.value.trim())} />}
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('author.media.upload')}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void send(file);
          event.target.value = '';
        }}
      />
      <div className="row">
        <Button kind="quiet" icon="upload" onClick={() => input.current?.click()}>
          {t('author.media.upload')}
        </Button>
      </div>
      <SendingList files={files} onForget={forget} />
    </>
  );
}
