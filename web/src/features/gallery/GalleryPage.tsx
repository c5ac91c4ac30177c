import { Page } from '@ui/Page';

import { Actions } from './Actions';
import { Content } from './Content';
import { Forms } from './Forms';
import { States } from './States';

/** Every component of ours in every state: what axe and the screenshots run on. English only: it is a tool, not a page. */
export default function GalleryPage() {
  return (
    <Page title="Components" lead="Every part of the interface in every state.">
      <Actions />
      <Forms />
      <Content />
      <States />
    </Page>
  );
}
