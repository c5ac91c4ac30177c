import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { loadMessages } from '@lib/i18n';

const Parts = lazy(() => import('../../features/gallery/GalleryPage'));
const Live = lazy(() => Promise.all([import('../../features/live/GalleryPage'), loadMessages('live')]).then(([module]) => module));

/** The tools that show every part, and a room in each of its states: one route for both, because the shell names every route. */
export default function Gallery() {
  const { gallery } = useParams({ strict: false });
  return <Suspense fallback={null}>{gallery === 'live' ? <Live /> : <Parts />}</Suspense>;
}
