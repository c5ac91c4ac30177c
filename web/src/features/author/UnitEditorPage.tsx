import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function UnitEditorPage() {
  const t = useT();
  return <Page title={t('author.uniteditor.title')}>{null}</Page>;
}
