import { whenDone } from '@lib/api/base';
import { peopleApi } from '@lib/api/people.gen';

peopleApi.enhanceEndpoints({
  addTagTypes: ['Profile', 'Viewer'],
  endpoints: {
    myProfile: { providesTags: ['Profile'] },
    updateMyProfile: { invalidatesTags: whenDone('Profile', 'Viewer') },
    profile: { providesTags: ['Profile'] },
  },
});

export * from '@lib/api/people.gen';
