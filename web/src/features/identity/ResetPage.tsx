import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function ResetPage() {
  const t = useT();
  return <Page title={t('identity.reset.title')}>{null}</Page>;
}
