import './admin.css';

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { mayAdminister, useViewerQuery } from '@lib/api/viewer';
import { useT } from '@lib/i18n';
import { Forbidden } from '@ui/Forbidden';
import { Page } from '@ui/Page';

type Props = { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode };

const PLACES = [
  { to: '/admin/overview', words: 'admin.overview.title' },
  { to: '/admin/users', words: 'admin.users.title' },
  { to: '/admin/orgs', words: 'admin.organizations.title' },
] as const;

/** What the pages of administration share; people without a role in it are told who has one. */
export function AdminFrame({ title, lead, actions, children }: Props) {
  const t = useT();
  const { data: viewer } = useViewerQuery();
  const mayNot = viewer !== undefined && !mayAdminister(viewer.roles);
  return (
    <Page title={title} lead={lead} actions={mayNot ? undefined : actions}>
      {mayNot ? (
        <Forbidden />
      ) : (
        <>
          <nav className="tabs" aria-label={t('admin.places')}>
            {PLACES.map(({ to, words }) => (
              <Link key={to} className="tab" to={to} search={{}} activeOptions={{ includeSearch: false }}>
                {t(words)}
              </Link>
            ))}
          </nav>
          {children}
        </>
      )}
    </Page>
  );
}
