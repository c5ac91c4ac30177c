import { api, whenDone } from '@lib/api/base';
import { notificationsApi, type Unread } from '@lib/api/notifications.gen';

notificationsApi.enhanceEndpoints({
  addTagTypes: ['News', 'Unread', 'NewsChoices'],
  endpoints: {
    listNotifications: { providesTags: ['News'] },
    countNotifications: { providesTags: ['Unread'] },
    readNotifications: { invalidatesTags: whenDone('Unread') },
    readNotification: { invalidatesTags: whenDone('Unread', 'News') },
    notificationPreferences: { providesTags: ['NewsChoices'] },
    updateNotificationPreferences: { invalidatesTags: whenDone('NewsChoices') },
  },
});

/** What the socket told of the count; an older word than the one we have changes nothing. */
export function noteUnread(dispatch: (action: never) => unknown, told: Unread): void {
  let isNews = false;
  dispatch(
    notificationsApi.util.updateQueryData('countNotifications', {}, (kept) => {
      isNews = told.revision > kept.revision;
      return isNews ? { unread: told.unread, revision: told.revision } : undefined;
    }) as never,
  );
  if (isNews) dispatch(api.util.invalidateTags(['News', 'Classes'] as never) as never);
}

export * from '@lib/api/notifications.gen';
