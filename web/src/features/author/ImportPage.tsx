import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function ImportPage() {
  const t = useT();
  return <Page title={t('author.import.title')}>{null}</Page>;
}
