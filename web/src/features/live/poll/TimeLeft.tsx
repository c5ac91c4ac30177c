import { useEffect, useState } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';

const LAST_S = 10;

/** How long a poll still takes answers. The server closes it; a clock of this device that goes wrong shows at most the whole time. */
export function TimeLeft({ closesAt, seconds }: { closesAt: string; seconds: number | null }) {
  const t = useT();
  const format = useFormats();
  const [end] = useState(() => Math.min(Date.parse(closesAt), seconds ? Date.now() + seconds * 1000 : Number.POSITIVE_INFINITY));
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil((end - now) / 1000));
  return (
    <span className={`nums poll-time ${left <= LAST_S ? 'poll-time-last' : ''}`} role="timer" aria-label={t('live.poll.left', { left: format.clock(left) })}>
      {format.clock(left)}
      <span className="visually-hidden" role="status">
        {left <= LAST_S && left > 0 ? t('live.poll.last-seconds') : ''}
      </span>
    </span>
  );
}
