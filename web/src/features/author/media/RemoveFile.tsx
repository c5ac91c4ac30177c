import { useState } from 'react';

import { exchange } from '@lib/api/base';
import { useRemoveCourseAssetMutation, type CourseAsset } from '@lib/api/courses';
import type { PageAssetView } from '@lib/api/media';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { IconButton } from '@ui/IconButton';
import { ProblemBanner } from '@ui/ProblemBanner';
import { toast } from '@ui/toast';

import { placesOf } from './places';

/** Takes a file out of the course, and deletes the upload behind it where nothing else needs it; a refusal says what does. */
export function RemoveFile({ course, asset }: { course: string; asset: CourseAsset }) {
  const t = useT();
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [remove, { isLoading }] = useRemoveCourseAssetMutation();
  const { name } = asset;
  const places = placesOf(problem);
  const confirm = async (): Promise<void> => {
    const { error } = await remove({ course, name });
    if (error) return setProblem(asProblem(error));
    setAsked(false);
    const kept = await deleteUpload(asset);
    toast(kept.length > 0 ? t('author.media.removed-kept', { name, places: kept.join(', ') }) : t('author.media.removed', { name }));
  };
  return (
    <>
      <IconButton
        icon="trash"
        label={t('author.media.remove-named', { name })}
        onClick={() => {
          setProblem(undefined);
          setAsked(true);
        }}
      />
      <ConfirmDialog title={t('author.media.remove-title', { name })} action={t('author.media.remove')} danger busy={isLoading} open={asked} onConfirm={() => void confirm()} onClose={() => setAsked(false)}>
        {problem && places.length === 0 && <ProblemBanner problem={problem} />}
        {places.length > 0 ? (
          <div role="alert">
            <p>{t('author.media.used-by')}</p>
            <ul>
              {places.map((place) => (
                <li key={place}>
                  <bdi>{place}</bdi>
                </li>
              ))}
            </ul>
          </div>
        ) : (
          <p>{t('author.media.remove-line')}</p>
        )}
      </ConfirmDialog>
    </>
  );
}

/** Delete the uploads of these bytes; returns what still needs them, then they stay. */
async function deleteUpload({ name, sha256 }: CourseAsset): Promise<string[]> {
  const found = await exchange({ url: '/media/assets', params: { q: name, limit: 50 } });
  const uploads = 'data' in found ? (found.data as PageAssetView).items.filter((each) => each.sha256 === sha256 && !each.is_private) : [];
  const answers = await Promise.all(uploads.map((each) => exchange({ url: `/media/assets/${encodeURIComponent(each.asset_id)}`, method: 'DELETE' })));
  return [...new Set(answers.flatMap((answer) => ('error' in answer ? placesOf(answer.error) : [])))];
}
