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
        <svg className="hero-picture" viewBox="0 0 480 420" preserveAspectRatio="xMaxYMid slice" aria-hidden="true">
          <path className="hero-grid" d="M0 60H480M0 120H480M0 180H480M0 240H480M0 300H480M0 360H480M60 0V420M120 0V420M180 0V420M240 0V420M300 0V420M360 0V420M420 0V420" />
          <path className="hero-line" d="M120 330 L240 270 L360 330" />
          <path className="hero-path" d="M120 330 L190 150 L330 90" />
          <path className="hero-dots" d="M330 90 Q420 70 460 150 T360 330" />
          <circle className="hero-here" cx="330" cy="90" r="11" />
        </svg>
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
