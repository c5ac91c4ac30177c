import { whenDone } from '@lib/api/base';
import { identityApi } from '@lib/api/identity.gen';

identityApi.enhanceEndpoints({
  addTagTypes: ['Viewer', 'Sessions'],
  endpoints: {
    me: { providesTags: ['Viewer'] },
    mySessions: { providesTags: ['Sessions'] },
    endSession: { invalidatesTags: whenDone('Sessions') },
    logOutEverywhere: { invalidatesTags: whenDone('Sessions') },
    confirmEmailChange: { invalidatesTags: whenDone('Viewer') },
    verifyEmail: { invalidatesTags: whenDone('Viewer') },
  },
});

export * from '@lib/api/identity.gen';
