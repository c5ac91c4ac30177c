import { lazy } from 'react';

import { loadMessages } from '@lib/i18n';

const UnitEditorPage = lazy(() => import('../../features/author/UnitEditorPage'));
const Lesson = lazy(async () => {
  const [module] = await Promise.all([import('../../features/learn/Lesson'), loadMessages('learn')]);
  return module;
});

/** The author's editor shows blocks as the player draws them; features do not know each other, so the app brings them together. */
export default function UnitEditor() {
  return <UnitEditorPage Lesson={Lesson} />;
}
