import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function RegisterPage() {
  const t = useT();
  return <Page title={t('identity.register.title')}>{null}</Page>;
}
