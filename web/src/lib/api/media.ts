import { whenDone } from '@lib/api/base';
import { mediaApi } from '@lib/api/media.gen';

mediaApi.enhanceEndpoints({
  addTagTypes: ['Assets'],
  endpoints: {
    assets: { providesTags: ['Assets'] },
    asset: { providesTags: ['Assets'] },
    updateAsset: { invalidatesTags: whenDone('Assets') },
    putCaptions: { invalidatesTags: whenDone('Assets') },
    transcript: { providesTags: ['Assets'] },
  },
});

export * from '@lib/api/media.gen';
