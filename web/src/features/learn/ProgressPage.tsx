import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function ProgressPage() {
  const t = useT();
  return <Page title={t('learn.progress.title')}>{null}</Page>;
}
