import { versionTag } from '@lib/api/base';
import { useMyProfileQuery, useUpdateMyProfileMutation, type ProfileChange } from '@lib/api/people';
import { asProblem } from '@lib/asProblem';
import type { Problem } from '@lib/problem';

/** Keep a choice in the profile as well, so that it follows to other devices. It already holds on this one. */
export function usePreferences(): { keep: (change: ProfileChange) => Promise<void>; problem: Problem | undefined } {
  const { data, refetch } = useMyProfileQuery();
  const [update, { error }] = useUpdateMyProfileMutation();
  const keep = async (change: ProfileChange): Promise<void> => {
    // Who chooses before the profile has come waits for it: the choice must follow to other devices all the same.
    const known = data ?? (await refetch()).data;
    if (!known) return;
    const answer = await update({ 'If-Match': versionTag(known.version), profileChange: change });
    if (asProblem(answer.error)?.status !== 412) return;
    const newest = await refetch();
    if (newest.data) await update({ 'If-Match': versionTag(newest.data.version), profileChange: change });
  };
  return { keep, problem: asProblem(error) };
}
