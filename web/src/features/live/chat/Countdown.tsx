import { useEffect, useState } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';

/** The server's clock until all come back. */
export function Countdown({ until }: { until: string | null }) {
  const t = useT();
  const format = useFormats();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!until) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  if (!until) return null;
  const left = format.clock((Date.parse(until) - now) / 1000);
  return (
    <span className="nums small" role="timer" aria-label={t('live.group.left', { left })}>
      {left}
    </span>
  );
}
