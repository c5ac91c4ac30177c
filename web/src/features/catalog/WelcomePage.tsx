import './catalog.css';

import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

import { useSearchCatalogQuery } from '@lib/api/catalog';
import { useHeading } from '@lib/navigation';
import { useT } from '@lib/i18n';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { EmptyState } from '@ui/EmptyState';
import { Icon, type IconName } from '@ui/Icon';
import { SearchBox } from '@ui/SearchBox';

import { CourseGrid } from './CourseGrid';

const PROMISES: { id: string; icon: IconName }[] = [
  { id: 'try', icon: 'play' },
  { id: 'keep', icon: 'device' },
  { id: 'all', icon: 'users' },
];

export default function WelcomePage() {
  const t = useT();
  const heading = useHeading();
  const navigate = useNavigate();
  const { state } = useSignal(session);
  const { data, error, refetch } = useSearchCatalogQuery({ limit: 6 });
  useEffect(() => {
    document.title = `Stoa · ${t('catalog.welcome.title')}`;
  }, [t]);
  return (
    <div className="page">
      <section className="hero">
        <h1 ref={heading} tabIndex={-1}>
          {t('catalog.welcome.title')}
        </h1>
        <p>{t('catalog.welcome.lead')}</p>
        <SearchBox
          label={t('catalog.search')}
          placeholder={t('catalog.search-hint')}
          value=""
          onSearch={(words) => words.trim() && void navigate({ to: '/catalog', search: { q: words.trim() } })}
        />
        <div className="row">
          <Link className="btn btn-primary" to={state === 'signed-in' ? '/home' : '/register'} search={{}}>
            {t(state === 'signed-in' ? 'catalog.welcome.go-on' : 'catalog.welcome.register')}
          </Link>
          <Link className="btn btn-secondary" to="/catalog" search={{}}>
            {t('catalog.welcome.explore')}
          </Link>
        </div>
      </section>
      <ul className="three">
        {PROMISES.map(({ id, icon }) => (
          <li key={id}>
            <Icon name={icon} />
            <div>
              <h2 className="promise">{t(`catalog.promise.${id}.title`)}</h2>
              <p className="muted small">{t(`catalog.promise.${id}.line`)}</p>
            </div>
          </li>
        ))}
      </ul>
      <section className="section" aria-labelledby="newest">
        <h2 id="newest">{t('catalog.welcome.newest')}</h2>
        <CourseGrid
          courses={data?.items}
          error={error}
          onRetry={() => void refetch()}
          cards={3}
          empty={
            <EmptyState title={t('catalog.nothing')} level={3}>
              {t('catalog.nothing-line')}
            </EmptyState>
          }
        />
      </section>
    </div>
  );
}
