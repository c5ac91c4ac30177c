import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';

type Props = { hasPrevious: boolean; hasNext: boolean; busy?: boolean; summary?: string; onPrevious: () => void; onNext: () => void };

/** Forward and back through keyset pages; there is no page number to be wrong about. */
export function Pagination({ hasPrevious, hasNext, busy = false, summary, onPrevious, onNext }: Props) {
  const t = useT();
  if (!hasPrevious && !hasNext) return null;
  return (
    <nav className="pages" aria-label={t('ui.pages')}>
      <Button icon="chevron-start" disabled={!hasPrevious} onClick={onPrevious}>
        {t('ui.previous')}
      </Button>
      {summary && <span>{summary}</span>}
      <Button iconEnd="chevron-end" disabled={!hasNext} busy={busy} onClick={onNext}>
        {t('ui.next')}
      </Button>
    </nav>
  );
}
