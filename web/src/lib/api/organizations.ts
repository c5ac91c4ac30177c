import { whenDone } from '@lib/api/base';
import { organizationsApi } from '@lib/api/organizations.gen';

organizationsApi.enhanceEndpoints({
  addTagTypes: ['Organizations', 'Members', 'Viewer'],
  endpoints: {
    myOrganizations: { providesTags: ['Organizations'] },
    organization: { providesTags: ['Organizations'] },
    branding: { providesTags: ['Organizations'] },
    adminOverview: { providesTags: ['Members'] },
    createOrganization: { invalidatesTags: whenDone('Organizations', 'Viewer') },
    updateOrganization: { invalidatesTags: whenDone('Organizations', 'Viewer') },
    members: { providesTags: ['Members'] },
    addMember: { invalidatesTags: whenDone('Members') },
    removeMember: { invalidatesTags: whenDone('Members') },
    grantRole: { invalidatesTags: whenDone('Members', 'Viewer') },
    revokeRole: { invalidatesTags: whenDone('Members', 'Viewer') },
  },
});

export * from '@lib/api/organizations.gen';
