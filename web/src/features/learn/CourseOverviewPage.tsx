import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function CourseOverviewPage() {
  const t = useT();
  return <Page title={t('learn.courseoverview.title')}>{null}</Page>;
}
