import { versionTag } from '@lib/api/base';
import { useMyProfileQuery, useUpdateMyProfileMutation, type ProfileChange } from '@lib/api/people';
import { asProblem } from '@lib/asProblem';
import type { Problem } from '@lib/problem';

/** Keep a choice in the profile as well, so that it follows to other devices. It already holds on this one. */
export function usePreferences(): { keep: (change: ProfileChange) => Promise<void>; problem: Problem | undefined } {
  const { data, refetch } = useMyProfileQuery();
  const [update, { error }] = useUpdateMyProfileMutation();
  const keep = async (change: ProfileChange): Promise<void> => {
    if (!data) return;
    const answer = await update({ 'If-Match': versionTag(data.version), profileChange: change });
    if (asProblem(answer.error)?.status !== 412) return;
    const newest = await refetch();
    if (newest.data) await update({ 'If-Match': versionTag(newest.data.version), profileChange: change });
  };
  return { keep, problem: asProblem(error) };
}
