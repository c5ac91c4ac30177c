import { whenDone } from '@lib/api/base';
import { calendarApi } from '@lib/api/calendar.gen';

calendarApi.enhanceEndpoints({
  addTagTypes: ['Feed'],
  endpoints: {
    calendarFeed: { providesTags: ['Feed'] },
    renewCalendarFeed: { invalidatesTags: whenDone('Feed') },
    revokeCalendarFeed: { invalidatesTags: whenDone('Feed') },
  },
});

export * from '@lib/api/calendar.gen';
