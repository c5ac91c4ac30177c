import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function ForgotPage() {
  const t = useT();
  return <Page title={t('identity.forgot.title')}>{null}</Page>;
}
