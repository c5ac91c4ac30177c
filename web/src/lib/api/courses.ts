import { whenDone } from '@lib/api/base';
import { coursesApi } from '@lib/api/courses.gen';

// A change of one node leaves the other nodes' forms alone: only the outline and that node go stale.
coursesApi.enhanceEndpoints({
  addTagTypes: ['MyCourses', 'Draft', 'Outline', 'Node', 'Snapshots', 'Import', 'Catalogue', 'CoursePage'],
  endpoints: {
    myCourses: { providesTags: ['MyCourses'] },
    createCourse: { invalidatesTags: whenDone('MyCourses') },
    courseDraft: { providesTags: ['Draft'] },
    updateCourse: { invalidatesTags: whenDone('Draft', 'MyCourses') },
    draftOutline: { providesTags: ['Outline'] },
    draftNode: { providesTags: (_, __, { node }) => [{ type: 'Node', id: node }] },
    addNode: { invalidatesTags: whenDone('Outline') },
    updateNode: { invalidatesTags: (_, error, { node }) => (error ? [] : ['Outline', { type: 'Node', id: node }]) },
    moveNode: { invalidatesTags: (_, error, { node }) => (error ? [] : ['Outline', { type: 'Node', id: node }]) },
    removeNode: { invalidatesTags: whenDone('Outline') },
    previewUnit: { providesTags: ['Node'] },
    publishDiff: { providesTags: ['Outline', 'Snapshots'] },
    snapshots: { providesTags: ['Snapshots'] },
    publishCourse: { invalidatesTags: whenDone('Draft', 'Snapshots', 'MyCourses', 'Catalogue', 'CoursePage') },
    rollBackCourse: { invalidatesTags: whenDone('Draft', 'Snapshots', 'MyCourses', 'Catalogue', 'CoursePage') },
    archiveCourse: { invalidatesTags: whenDone('Draft', 'MyCourses', 'Catalogue', 'CoursePage') },
    importCourse: { invalidatesTags: whenDone('MyCourses') },
    importReport: { providesTags: ['Import'] },
  },
});

export * from '@lib/api/courses.gen';
