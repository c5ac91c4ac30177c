import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function WelcomePage() {
  const t = useT();
  return <Page title={t('catalog.welcome.title')}>{null}</Page>;
}
