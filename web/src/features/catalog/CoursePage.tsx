import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function CoursePage() {
  const t = useT();
  return <Page title={t('catalog.course.title')}>{null}</Page>;
}
