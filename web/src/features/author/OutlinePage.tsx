import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function OutlinePage() {
  const t = useT();
  return <Page title={t('author.outline.title')}>{null}</Page>;
}
