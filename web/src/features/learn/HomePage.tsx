import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function HomePage() {
  const t = useT();
  return <Page title={t('learn.home.title')}>{null}</Page>;
}
