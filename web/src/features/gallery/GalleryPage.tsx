import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

export default function GalleryPage() {
  const t = useT();
  return <Page title={t('gallery.gallery.title')}>{null}</Page>;
}
