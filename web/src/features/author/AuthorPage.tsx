import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function AuthorPage() {
  const t = useT();
  return <Page title={t('author.author.title')}>{null}</Page>;
}
