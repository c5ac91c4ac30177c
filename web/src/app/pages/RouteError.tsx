import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect } from 'react';

import { useT } from '@lib/i18n';

const isStaleChunk = (error: unknown): boolean => error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);

/** A page that broke, while the shell around it stands: of plain elements, for it must work when nothing more can be loaded. A chunk of an older release is fetched anew by one reload. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const t = useT();
  const kind = isStaleChunk(error) ? 'offline' : 'server';
  useEffect(() => {
    if (!isStaleChunk(error) || !navigator.onLine || sessionStorage.getItem('stoa.reloaded') === location.href) return;
    sessionStorage.setItem('stoa.reloaded', location.href);
    location.reload();
  }, [error]);
  return (
    <div className="page">
      <div className="state" role="alert">
        <h1>{t(`problem.${kind}.title`)}</h1>
        <p className="state-line">
          {t(`problem.${kind}.line`)} {t('ui.drafts-safe')}
        </p>
        <button type="button" className="btn btn-primary" onClick={reset}>
          {t('ui.retry')}
        </button>
      </div>
    </div>
  );
}
