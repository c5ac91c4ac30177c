import { identityApi } from '@lib/api/identity.gen';

identityApi.enhanceEndpoints({
  addTagTypes: ['Viewer', 'Sessions'],
  endpoints: {
    me: { providesTags: ['Viewer'] },
    mySessions: { providesTags: ['Sessions'] },
    endSession: { invalidatesTags: ['Sessions'] },
    logOutEverywhere: { invalidatesTags: ['Sessions'] },
    confirmEmailChange: { invalidatesTags: ['Viewer'] },
    verifyEmail: { invalidatesTags: ['Viewer'] },
  },
});

export * from '@lib/api/identity.gen';
