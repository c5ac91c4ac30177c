import { exchange, whenDone } from '@lib/api/base';
import { coursesApi, type ImportReport, type ReportItem } from '@lib/api/courses.gen';

// A change of one node leaves the other nodes' forms alone: only the outline and that node go stale.
coursesApi.enhanceEndpoints({
  addTagTypes: ['MyCourses', 'Draft', 'Outline', 'Node', 'Snapshots', 'Import', 'Catalogue', 'CoursePage', 'Assets'],
  endpoints: {
    myCourses: { providesTags: ['MyCourses'] },
    createCourse: { invalidatesTags: whenDone('MyCourses') },
    courseDraft: { providesTags: ['Draft'] },
    updateCourse: { invalidatesTags: whenDone('Draft', 'MyCourses') },
    draftOutline: { providesTags: ['Outline'] },
    draftNode: { providesTags: (_, __, { node }) => [{ type: 'Node', id: node }] },
    draftProblem: { providesTags: (_, __, { node }) => [{ type: 'Node', id: node }] },
    updateProblem: { invalidatesTags: whenDone('Node') },
    courseAssets: { providesTags: ['Assets'] },
    addCourseAsset: { invalidatesTags: whenDone('Assets') },
    removeCourseAsset: { invalidatesTags: whenDone('Assets') },
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

const A_PAGE = 200;

/** The whole report of an import, page by page to its end, so that it can be filtered on the page. */
export const { useWholeImportReportQuery } = coursesApi.injectEndpoints({
  endpoints: (build) => ({
    wholeImportReport: build.query<ReportItem[], { importId: string }>({
      queryFn: async ({ importId }) => {
        const items: ReportItem[] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          // oxlint-disable-next-line no-await-in-loop -- each page names the next one
          const answer = await exchange({ url: `/courses/imports/${encodeURIComponent(importId)}`, params: { cursor, limit: A_PAGE } });
          if ('error' in answer) return { error: answer.error };
          const page = (answer.data as ImportReport).items;
          items.push(...page.items);
          cursor = page.next;
        }
        return { data: items };
      },
    }),
  }),
});

export * from '@lib/api/courses.gen';
