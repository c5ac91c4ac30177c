import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function OverviewPage() {
  const t = useT();
  return <Page title={t('admin.overview.title')}>{null}</Page>;
}
