import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function LoginPage() {
  const t = useT();
  return <Page title={t('identity.login.title')}>{null}</Page>;
}
