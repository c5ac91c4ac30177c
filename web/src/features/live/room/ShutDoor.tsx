import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';

/** Before the class and after it there is nothing behind the door; before it, the page waits. */
export function ShutDoor({ phase, startsAt }: { phase: string; startsAt: string | null }) {
  const t = useT();
  const format = useFormats();
  const isBefore = phase === 'scheduled' || phase === 'open';
  if (!isBefore) return <EmptyState icon="clock" title={t(phase === 'cancelled' ? 'live.stage.cancelled' : 'live.shut.over')} />;
  return (
    <EmptyState icon="clock" title={startsAt ? t('live.shut.starts', { when: format.dateTime(startsAt) }) : t('live.shut.soon')}>
      <span role="status">{t('live.stage.soon')}</span>
    </EmptyState>
  );
}
