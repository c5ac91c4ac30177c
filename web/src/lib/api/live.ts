import { whenDone } from '@lib/api/base';
import { liveApi } from '@lib/api/live.gen';

// What happens inside a room goes by its own token and its own line (features/live/room); here are the classes themselves.
liveApi.enhanceEndpoints({
  addTagTypes: ['Classes', 'Stage', 'Recordings', 'Quizzes'],
  endpoints: {
    listClasses: { providesTags: ['Classes'] },
    getClass: { providesTags: ['Classes'] },
    createClass: { invalidatesTags: whenDone('Classes') },
    updateClass: { invalidatesTags: whenDone('Classes') },
    cancelClass: { invalidatesTags: whenDone('Classes') },
    listQuizzes: { providesTags: ['Quizzes'] },
    saveQuiz: { invalidatesTags: whenDone('Quizzes') },
    deleteQuiz: { invalidatesTags: whenDone('Quizzes') },
    stageChoice: { providesTags: ['Stage'] },
    chooseStage: { invalidatesTags: whenDone('Stage') },
    classRecordings: { providesTags: ['Recordings'] },
    publishRecording: { invalidatesTags: whenDone('Recordings') },
    deleteRecording: { invalidatesTags: whenDone('Recordings') },
  },
});

export * from '@lib/api/live.gen';
