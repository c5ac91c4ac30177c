import { organizationsApi } from '@lib/api/organizations.gen';

organizationsApi.enhanceEndpoints({
  addTagTypes: ['Organizations', 'Members', 'Viewer'],
  endpoints: {
    myOrganizations: { providesTags: ['Organizations'] },
    organization: { providesTags: ['Organizations'] },
    branding: { providesTags: ['Organizations'] },
    adminOverview: { providesTags: ['Members'] },
    createOrganization: { invalidatesTags: ['Organizations', 'Viewer'] },
    updateOrganization: { invalidatesTags: ['Organizations', 'Viewer'] },
    members: { providesTags: ['Members'] },
    addMember: { invalidatesTags: ['Members'] },
    removeMember: { invalidatesTags: ['Members'] },
    grantRole: { invalidatesTags: ['Members', 'Viewer'] },
    revokeRole: { invalidatesTags: ['Members', 'Viewer'] },
  },
});

export * from '@lib/api/organizations.gen';
