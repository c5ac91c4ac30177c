import { exchange, whenDone } from '@lib/api/base';
import { peopleApi, type Profile } from '@lib/api/people.gen';

peopleApi.enhanceEndpoints({
  addTagTypes: ['Profile', 'Viewer'],
  endpoints: {
    myProfile: { providesTags: ['Profile'] },
    updateMyProfile: { invalidatesTags: whenDone('Profile', 'Viewer') },
    profile: { providesTags: ['Profile'] },
  },
});

/** The names of a few people at once, by id; whoever cannot be found is left out. */
export const { useProfilesQuery } = peopleApi.injectEndpoints({
  endpoints: (build) => ({
    profiles: build.query<Record<string, string>, { users: string[] }>({
      queryFn: async ({ users }) => {
        const answers = await Promise.all(users.map((user) => exchange({ url: `/people/${encodeURIComponent(user)}` })));
        return { data: Object.fromEntries(answers.flatMap((answer, at) => ('data' in answer ? [[users[at], (answer.data as Profile).display_name]] : []))) };
      },
      providesTags: ['Profile'],
    }),
  }),
});

export * from '@lib/api/people.gen';
