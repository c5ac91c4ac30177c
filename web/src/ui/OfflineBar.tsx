import { useT } from '@lib/i18n';
import { useOnline } from '@lib/online';
import { Icon } from '@ui/Icon';

/** A thin bar while there is no network. */
export function OfflineBar({ always = false }: { always?: boolean }) {
  const t = useT();
  const online = useOnline();
  return (
    <div role="status">
      {(always || !online) && (
        <div className="offline">
          <Icon name="offline" />
          {t('ui.offline')}
        </div>
      )}
    </div>
  );
}
