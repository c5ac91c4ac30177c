import { whenDone } from '@lib/api/base';
import { liveApi } from '@lib/api/live.gen';

// What happens inside a room goes by its own token and its own line (features/live/room); here are the classes themselves.
liveApi.enhanceEndpoints({
  addTagTypes: ['Classes'],
  endpoints: {
    listClasses: { providesTags: ['Classes'] },
    getClass: { providesTags: ['Classes'] },
    createClass: { invalidatesTags: whenDone('Classes') },
    updateClass: { invalidatesTags: whenDone('Classes') },
    cancelClass: { invalidatesTags: whenDone('Classes') },
  },
});

export * from '@lib/api/live.gen';
