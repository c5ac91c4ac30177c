import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function VerifyPage() {
  const t = useT();
  return <Page title={t('identity.verify.title')}>{null}</Page>;
}
