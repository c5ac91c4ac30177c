import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function CatalogPage() {
  const t = useT();
  return <Page title={t('catalog.catalog.title')}>{null}</Page>;
}
