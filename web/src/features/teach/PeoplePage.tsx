import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function PeoplePage() {
  const t = useT();
  return <Page title={t('teach.people.title')}>{null}</Page>;
}
