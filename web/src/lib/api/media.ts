import { mediaApi } from '@lib/api/media.gen';

mediaApi.enhanceEndpoints({
  addTagTypes: ['Assets'],
  endpoints: {
    assets: { providesTags: ['Assets'] },
    asset: { providesTags: ['Assets'] },
    updateAsset: { invalidatesTags: ['Assets'] },
    putCaptions: { invalidatesTags: ['Assets'] },
    transcript: { providesTags: ['Assets'] },
  },
});

export * from '@lib/api/media.gen';
