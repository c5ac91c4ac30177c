import { catalogApi } from '@lib/api/catalog.gen';

catalogApi.enhanceEndpoints({
  addTagTypes: ['Catalogue', 'CoursePage'],
  endpoints: {
    categories: { providesTags: ['Catalogue'] },
    searchCatalog: { providesTags: ['Catalogue'] },
    coursePage: { providesTags: ['CoursePage'] },
    tryUnit: { providesTags: ['CoursePage'] },
  },
});

export * from '@lib/api/catalog.gen';
