import { useEffect, useState } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';

/** The longest wait that a browser's timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** Before the class and after it there is nothing behind the door; before it, the page waits. */
export function ShutDoor({ phase, startsAt }: { phase: string; startsAt: string | null }) {
  const t = useT();
  const format = useFormats();
  const isLate = useIsPast(startsAt);
  const isBefore = phase === 'scheduled' || phase === 'open';
  if (!isBefore) return <EmptyState icon="clock" title={t(phase === 'cancelled' ? 'live.stage.cancelled' : 'live.shut.over')} />;
  const title = startsAt ? t(isLate ? 'live.shut.late' : 'live.shut.starts', { when: format.dateTime(startsAt) }) : t('live.shut.soon');
  return (
    <EmptyState icon="clock" title={title}>
      <span role="status">{t(isLate ? 'live.shut.late-line' : 'live.stage.soon')}</span>
    </EmptyState>
  );
}

/** Whether a moment has come; it says so when it comes. */
function useIsPast(moment: string | null): boolean {
  const at = moment ? Date.parse(moment) : Infinity;
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const left = at - Date.now();
    if (left > LONGEST_MS) return undefined;
    const wait = setTimeout(() => setNow(Date.now()), Math.max(left, 0));
    return () => clearTimeout(wait);
  }, [at]);
  return at <= now;
}
