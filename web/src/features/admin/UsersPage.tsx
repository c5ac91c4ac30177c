import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function UsersPage() {
  const t = useT();
  return <Page title={t('admin.users.title')}>{null}</Page>;
}
