import { useEffect, useState } from 'react';

import { useT } from '@lib/i18n';
import { trusted } from '@lib/trusted';
import { Toasts } from '@ui/Toasts';
import { toast } from '@ui/toast';

/** What can wait for the first paint: toasts, the service worker and its word about a new release. */
export default function Later() {
  const t = useT();
  const [waiting, setWaiting] = useState<ServiceWorker>();
  useEffect(() => {
    if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
    void navigator.serviceWorker.register(trusted.createScriptURL('/sw.js')).then((registration) => {
      const note = (): void => {
        const worker = registration.installing ?? registration.waiting;
        if (!worker || !navigator.serviceWorker.controller) return;
        if (worker.state === 'installed') setWaiting(worker);
        worker.addEventListener('statechange', () => worker.state === 'installed' && setWaiting(worker));
      };
      note();
      registration.addEventListener('updatefound', note);
    });
  }, []);
  useEffect(() => {
    if (!waiting) return;
    toast(t('shell.new-release'), {
      label: t('shell.reload'),
      onPress: () => {
        navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no target origin
      waiting.postMessage({ type: 'SKIP_WAITING' });
      },
    });
  }, [waiting, t]);
  return <Toasts />;
}
