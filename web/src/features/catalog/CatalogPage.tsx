import './catalog.css';

import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

import { useCategoriesQuery, useSearchCatalogQuery } from '@lib/api/catalog';
import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';
import { Page } from '@ui/Page';
import { Pagination } from '@ui/Pagination';
import { SearchBox } from '@ui/SearchBox';
import { useKeysetPages } from '@ui/useKeysetPages';

import { categoryName } from './categoryName';
import { CourseGrid } from './CourseGrid';

const A_PAGE = 24;

export default function CatalogPage() {
  const t = useT();
  const { q, category } = useSearch({ from: '/catalog' });
  const navigate = useNavigate();
  const pages = useKeysetPages(`${q ?? ''}/${category ?? ''}`);
  const { currentData, data, error, isFetching, refetch } = useSearchCatalogQuery({ q, category, cursor: pages.cursor, limit: A_PAGE });
  const search = useCallback((words: string) => void navigate({ to: '/catalog', search: { q: words.trim() || undefined, category }, replace: true, resetScroll: false }), [navigate, category]);
  const shown = currentData ?? (error ? undefined : data);
  return (
    <Page title={t('catalog.title')} lead={t('catalog.lead')}>
      <SearchBox label={t('catalog.search')} placeholder={t('catalog.search-hint')} value={q ?? ''} onSearch={search} />
      <Categories chosen={category} q={q} />
      <section aria-labelledby="results" aria-busy={isFetching} className="section">
        <h2 id="results" className="visually-hidden">
          {t('catalog.results')}
        </h2>
        <p className="visually-hidden" role="status">
          {currentData && q ? t('catalog.found', { count: currentData.items.length, more: String(currentData.next !== null) }) : ''}
        </p>
        <CourseGrid
          courses={shown?.items}
          error={error}
          onRetry={() => void refetch()}
          empty={
            <EmptyState
              icon="search"
              title={q ? t('catalog.nothing-for', { words: q }) : t('catalog.nothing')}
              action={
                q || category ? (
                  <Link className="btn btn-secondary" to="/catalog" search={{}}>
                    {t('catalog.show-all')}
                  </Link>
                ) : undefined
              }
            >
              {t(q ? 'catalog.nothing-for-line' : 'catalog.nothing-line')}
            </EmptyState>
          }
        />
        <Pagination
          hasPrevious={pages.hasPrevious}
          hasNext={Boolean(shown?.next)}
          busy={isFetching}
          onPrevious={pages.previous}
          onNext={() => shown?.next && pages.next(shown.next)}
        />
      </section>
    </Page>
  );
}

function Categories({ chosen, q }: { chosen: string | undefined; q: string | undefined }) {
  const t = useT();
  const { data } = useCategoriesQuery({});
  if (!data || data.items.length === 0) return null;
  return (
    <nav className="chips" aria-label={t('catalog.categories')}>
      <Link className="chip" to="/catalog" search={{ q }} aria-current={chosen ? undefined : 'true'}>
        {t('catalog.all')}
      </Link>
      {data.items.map(({ name }) => (
        <Link key={name} className="chip" to="/catalog" search={{ q, category: name }} aria-current={chosen === name ? 'true' : undefined}>
          {categoryName(name)}
        </Link>
      ))}
    </nav>
  );
}
