import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { ComponentType } from 'react';

import { byId, galleryOnly, guestsOnly, signedIn } from '@app/guards';
import { RouteError } from '@app/pages/RouteError';
import { Pending } from '@app/pages/Pending';
import { Shell } from '@app/shell/Shell';
import { loadMessages } from '@lib/i18n';
import { pageStands } from '@lib/navigation';
import { localPath, text } from '@app/search';

type Module = { default: ComponentType };

/** A page of a feature: its code and its words arrive together, when the route is first wanted. */
const page = (feature: string, load: () => Promise<Module>) =>
  lazyRouteComponent(async () => {
    const [module] = await Promise.all([load(), loadMessages('ui', feature)]);
    return module;
  });

const root = createRootRoute({ component: Shell, notFoundComponent: page('ui', () => import('@app/pages/NotFound')), errorComponent: RouteError });
const at = { getParentRoute: () => root };
const personal = createRoute({ ...at, id: 'personal', beforeLoad: signedIn });
const within = { getParentRoute: () => personal };

type Search = Record<string, unknown>;
const next = (search: Search): { next?: string | undefined } => ({ next: localPath(search.next) });
const token = (search: Search): { token?: string | undefined } => ({ token: text(search.token) });
const query = (search: Search): { q?: string | undefined } => ({ q: text(search.q) });
const filter = (search: Search): { q?: string | undefined; category?: string | undefined } => ({ ...query(search), category: text(search.category) });
const course = (search: Search): { course?: string | undefined } => ({ course: text(search.course) });
const importing = (search: Search): { import?: string | undefined } => ({ import: text(search.import) });
const day = (search: Search): { from?: string | undefined } => ({ from: text(search.from) });
const place = (search: Search): { node?: string | undefined } => ({ node: text(search.node) });
const letter = (search: Search): { token?: string | undefined; change?: string | undefined } => ({ ...token(search), change: text(search.change) });

const guest = [
  createRoute({ ...at, path: '/', component: page('catalog', () => import('../features/catalog/WelcomePage')) }),
  createRoute({ ...at, path: '/catalog', validateSearch: filter, component: page('catalog', () => import('../features/catalog/CatalogPage')) }),
  createRoute({ ...at, path: '/c/$course', component: page('catalog', () => import('../features/catalog/CoursePage')) }),
  createRoute({ ...at, path: '/try/$unit', validateSearch: course, component: page('learn', () => import('../features/learn/TryPage')) }),
  createRoute({ ...at, path: '/login', validateSearch: next, beforeLoad: guestsOnly, component: page('identity', () => import('../features/identity/LoginPage')) }),
  createRoute({ ...at, path: '/register', validateSearch: next, beforeLoad: guestsOnly, component: page('identity', () => import('../features/identity/RegisterPage')) }),
  createRoute({ ...at, path: '/forgot', component: page('identity', () => import('../features/identity/ForgotPage')) }),
  createRoute({ ...at, path: '/reset', validateSearch: token, component: page('identity', () => import('../features/identity/ResetPage')) }),
  createRoute({ ...at, path: '/verify', validateSearch: letter, component: page('identity', () => import('../features/identity/VerifyPage')) }),
  createRoute({ ...at, path: '/join/$code', component: page('live', () => import('../features/live/JoinPage')) }),
  createRoute({ ...at, path: '/live/$room', component: page('live', () => import('../features/live/RoomPage')) }),
  createRoute({ ...at, path: '/dev/$gallery', beforeLoad: galleryOnly, component: page('gallery', () => import('@app/pages/Gallery')) }),
] as const;

const learner = [
  createRoute({ ...within, path: '/home', component: page('learn', () => import('../features/learn/HomePage')) }),
  createRoute({ ...within, path: '/learn/$course', component: page('learn', () => import('../features/learn/CourseOverviewPage')) }),
  createRoute({ ...within, path: '/learn/$course/progress', component: page('learn', () => import('../features/learn/ProgressPage')) }),
  createRoute({ ...within, path: '/learn/$course/$unit', component: page('learn', () => import('../features/learn/UnitPage')) }),
  createRoute({ ...within, path: '/calendar', validateSearch: day, component: page('calendar', () => import('../features/calendar/CalendarPage')) }),
  createRoute({ ...within, path: '/me/profile', component: page('people', () => import('../features/people/ProfilePage')) }),
  createRoute({ ...within, path: '/me/data', component: page('people', () => import('../features/people/DataPage')) }),
  createRoute({ ...within, path: '/me/settings', component: page('people', () => import('../features/people/SettingsPage')) }),
] as const;

const staff = [
  createRoute({ ...within, path: '/live/$room/host', component: page('live', () => import('../features/live/HostPage')) }),
  createRoute({ ...within, path: '/live/$room/$view', component: page('classes', () => import('../features/classes/AroundPage')) }),
  createRoute({ ...within, path: '/teach', component: page('teach', () => import('../features/teach/TeachPage')) }),
  createRoute({ ...within, beforeLoad: byId('teach'), path: '/teach/$course/people', validateSearch: query, component: page('teach', () => import('../features/teach/PeoplePage')) }),
  createRoute({ ...within, path: '/author', component: page('author', () => import('../features/author/AuthorPage')) }),
  createRoute({ ...within, path: '/author/import', validateSearch: importing, component: page('author', () => import('../features/author/ImportPage')) }),
  createRoute({ ...within, beforeLoad: byId('edit'), path: '/author/$course/outline', validateSearch: place, component: page('author', () => import('../features/author/OutlinePage')) }),
  createRoute({ ...within, beforeLoad: byId('edit'), path: '/author/$course/unit/$unit', validateSearch: place, component: page('author', () => import('@app/pages/UnitEditor')) }),
  createRoute({ ...within, beforeLoad: byId('edit'), path: '/author/$course/import', validateSearch: importing, component: page('author', () => import('../features/author/ImportPage')) }),
  createRoute({ ...within, beforeLoad: byId('edit'), path: '/author/$course/media', component: page('author', () => import('../features/author/MediaPage')) }),
  createRoute({ ...within, beforeLoad: byId('edit'), path: '/author/$course/details', component: page('author', () => import('../features/author/DetailsPage')) }),
  createRoute({ ...within, beforeLoad: byId('edit'), path: '/author/$course/publish', component: page('author', () => import('../features/author/PublishPage')) }),
  createRoute({ ...within, path: '/admin/orgs', validateSearch: query, component: page('admin', () => import('../features/admin/OrganizationsPage')) }),
  createRoute({ ...within, path: '/admin/users', validateSearch: query, component: page('admin', () => import('../features/admin/UsersPage')) }),
  createRoute({ ...within, path: '/admin/overview', component: page('admin', () => import('../features/admin/OverviewPage')) }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([...guest, personal.addChildren([...learner, ...staff])]),
  defaultPreload: 'intent',
  defaultPreloadDelay: 80,
  defaultPendingMs: 200,
  defaultPendingComponent: Pending,
  defaultErrorComponent: RouteError,
  scrollRestoration: true,
});

router.subscribe('onRendered', ({ pathChanged, fromLocation }) => {
  if (pathChanged && fromLocation) pageStands();
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
