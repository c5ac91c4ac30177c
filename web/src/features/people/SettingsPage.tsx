import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function SettingsPage() {
  const t = useT();
  return <Page title={t('people.settings.title')}>{null}</Page>;
}
