import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { EmptyState } from '@ui/EmptyState';

/** A class that is recorded says so before anybody is in it. */
export function ConsentGate({ onAgree }: { onAgree: () => void }) {
  const t = useT();
  return (
    <EmptyState
      icon="video"
      title={t('live.consent')}
      action={
        <Button kind="primary" onClick={onAgree}>
          {t('live.consent-agree')}
        </Button>
      }
    >
      {t('live.consent-line')}
    </EmptyState>
  );
}
