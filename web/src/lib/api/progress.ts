import { whenDone } from '@lib/api/base';
import { progressApi } from '@lib/api/progress.gen';

// A unit is not fetched again after an answer: its page holds what the answer returned.
progressApi.enhanceEndpoints({
  addTagTypes: ['Home', 'Learning', 'Unit', 'Progress'],
  endpoints: {
    home: { providesTags: ['Home'] },
    outlineFor: { providesTags: ['Learning'] },
    unitFor: { providesTags: (_, __, { unit }) => [{ type: 'Unit', id: unit }] },
    submitAnswer: { invalidatesTags: whenDone('Learning', 'Progress', 'Home') },
    recordView: { invalidatesTags: whenDone('Learning', 'Progress', 'Home') },
    markDone: { invalidatesTags: whenDone('Learning', 'Progress', 'Home') },
    recordWatched: { invalidatesTags: (answer) => (answer?.done.completed.length ? ['Learning', 'Progress', 'Home'] : []) },
    saveResumePointer: { invalidatesTags: whenDone('Home') },
    progressFor: { providesTags: ['Progress'] },
    learnersProgress: { providesTags: ['Progress'] },
    learnerProgress: { providesTags: ['Progress'] },
  },
});

export * from '@lib/api/progress.gen';
