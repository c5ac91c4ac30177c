import { coursesApi } from '@lib/api/courses.gen';

// A change of one node leaves the other nodes' forms alone: only the outline and that node go stale.
coursesApi.enhanceEndpoints({
  addTagTypes: ['MyCourses', 'Draft', 'Outline', 'Node', 'Snapshots', 'Import', 'Catalogue', 'CoursePage'],
  endpoints: {
    myCourses: { providesTags: ['MyCourses'] },
    createCourse: { invalidatesTags: ['MyCourses'] },
    courseDraft: { providesTags: ['Draft'] },
    updateCourse: { invalidatesTags: ['Draft', 'MyCourses'] },
    draftOutline: { providesTags: ['Outline'] },
    draftNode: { providesTags: (_, __, { node }) => [{ type: 'Node', id: node }] },
    addNode: { invalidatesTags: ['Outline'] },
    updateNode: { invalidatesTags: (_, __, { node }) => ['Outline', { type: 'Node', id: node }] },
    moveNode: { invalidatesTags: (_, __, { node }) => ['Outline', { type: 'Node', id: node }] },
    removeNode: { invalidatesTags: ['Outline'] },
    previewUnit: { providesTags: ['Node'] },
    publishDiff: { providesTags: ['Outline', 'Snapshots'] },
    snapshots: { providesTags: ['Snapshots'] },
    publishCourse: { invalidatesTags: ['Draft', 'Snapshots', 'MyCourses', 'Catalogue', 'CoursePage'] },
    rollBackCourse: { invalidatesTags: ['Draft', 'Snapshots', 'MyCourses', 'Catalogue', 'CoursePage'] },
    archiveCourse: { invalidatesTags: ['Draft', 'MyCourses', 'Catalogue', 'CoursePage'] },
    importCourse: { invalidatesTags: ['MyCourses'] },
    importReport: { providesTags: ['Import'] },
  },
});

export * from '@lib/api/courses.gen';
