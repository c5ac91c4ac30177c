import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function PublishPage() {
  const t = useT();
  return <Page title={t('author.publish.title')}>{null}</Page>;
}
