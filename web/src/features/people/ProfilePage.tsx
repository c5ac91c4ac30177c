import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function ProfilePage() {
  const t = useT();
  return <Page title={t('people.profile.title')}>{null}</Page>;
}
