import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function TryPage() {
  const t = useT();
  return <Page title={t('catalog.try.title')}>{null}</Page>;
}
