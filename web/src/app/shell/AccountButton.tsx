import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { useViewerQuery } from '@lib/api/viewer';
import { loadMessages, useT } from '@lib/i18n';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { Avatar } from '@ui/Avatar';
import { Skeleton } from '@ui/Skeleton';

const AccountMenu = lazy(() => Promise.all([import('@app/shell/AccountMenu'), loadMessages('ui')]).then(([module]) => module));

/** The account of who is here, or the way in. The menu's code comes on the first press. */
export function AccountButton() {
  const t = useT();
  const { state } = useSignal(session);
  const { data } = useViewerQuery(undefined, { skip: state !== 'signed-in' });
  const [wanted, setWanted] = useState(false);
  if (state === 'unknown') {
    return (
      <span className="account">
        <Skeleton width="36px" height="36px" />
      </span>
    );
  }
  if (state === 'guest') {
    return (
      <Link className="btn btn-primary sign-in" to="/login" search={{}}>
        {t('shell.sign-in')}
      </Link>
    );
  }
  const name = data?.name ?? '';
  const closed = (
    <button type="button" className="account" aria-haspopup="menu" aria-expanded={false} onClick={() => setWanted(true)}>
      <Avatar name={name} />
      <span className="visually-hidden">{t('shell.account', { name })}</span>
    </button>
  );
  if (!wanted) return closed;
  return (
    <Suspense fallback={closed}>
      <AccountMenu name={name} email={data?.email ?? ''} />
    </Suspense>
  );
}
