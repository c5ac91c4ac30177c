import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function OrganizationsPage() {
  const t = useT();
  return <Page title={t('admin.organizations.title')}>{null}</Page>;
}
