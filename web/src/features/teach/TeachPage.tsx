import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function TeachPage() {
  const t = useT();
  return <Page title={t('teach.teach.title')}>{null}</Page>;
}
