import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function UnitPage() {
  const t = useT();
  return <Page title={t('learn.unit.title')}>{null}</Page>;
}
