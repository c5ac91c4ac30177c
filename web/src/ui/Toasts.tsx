import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Button } from '@ui/Button';
import { IconButton } from '@ui/IconButton';
import { dismissToast, toasts } from '@ui/toast';

/** Where toasts appear; mounted once by the shell. */
export function Toasts() {
  const t = useT();
  const shown = useSignal(toasts);
  return (
    <section className="toasts" aria-label={t('ui.notices')}>
      {shown.map(({ id, text, action }) => (
        <div key={id} className="toast">
          <span>{text}</span>
          {action && (
            <Button
              kind="quiet"
              onClick={() => {
                dismissToast(id);
                action.onPress();
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton icon="close" label={t('ui.close')} tip={false} onClick={() => dismissToast(id)} />
        </div>
      ))}
    </section>
  );
}
