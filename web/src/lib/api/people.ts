import { peopleApi } from '@lib/api/people.gen';

peopleApi.enhanceEndpoints({
  addTagTypes: ['Profile', 'Viewer'],
  endpoints: {
    myProfile: { providesTags: ['Profile'] },
    updateMyProfile: { invalidatesTags: ['Profile', 'Viewer'] },
    profile: { providesTags: ['Profile'] },
  },
});

export * from '@lib/api/people.gen';
