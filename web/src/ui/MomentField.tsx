import { useState } from 'react';

import { zone } from '@lib/format';
import { useT } from '@lib/i18n';
import { fromField, toField } from '@lib/moments';
import { useSignal } from '@lib/signal';
import { TextField } from '@ui/TextField';

type Props = { label: string; value: string | null; onChange: (moment: string | null) => void };

/** A date and time in the zone that the author chose, by the platform's own picker. */
export function MomentField({ label, value, onChange }: Props) {
  const t = useT();
  const timeZone = useSignal(zone);
  const [text, setText] = useState(() => toField(value, timeZone));
  return (
    <TextField
      label={label}
      hint={t('ui.in-zone', { zone: timeZone.replaceAll('_', ' ') })}
      type="datetime-local"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(fromField(event.target.value, timeZone));
      }}
    />
  );
}
