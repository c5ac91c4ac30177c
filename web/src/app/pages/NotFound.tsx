import { Link } from '@tanstack/react-router';

import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

/** No page here: says so and offers the catalogue's search. */
export default function NotFound() {
  const t = useT();
  return (
    <Page title={t('missing-page.title')} width="text">
      <p>{t('missing-page.line')}</p>
      <div className="row">
        <Link className="btn btn-primary" to="/catalog" search={{}}>
          {t('missing-page.search')}
        </Link>
        <Link className="btn btn-secondary" to="/">
          {t('missing-page.start')}
        </Link>
      </div>
    </Page>
  );
}
