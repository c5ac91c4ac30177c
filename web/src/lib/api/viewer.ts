import { api, exchange } from '@lib/api/base';
import type { Problem } from '@lib/problem';

export type Viewer = {
  user: string;
  name: string;
  email: string;
  verified: boolean;
  organizations: { id: string; slug: string; name: string; roles: string[] }[];
  /** Roles in the organization of this session, course roles included. */
  roles: string[];
};

type Me = { user_id: string; email: string; email_verified: boolean; display_name?: string; organization?: { id: string; slug: string; name: string } | null };
type Mine = { items?: Organization[] } | Organization[];
type Organization = { id: string; slug: string; name: string; roles?: (string | { role: string })[] };

const rolesOf = (organization: Organization | undefined): string[] =>
  [...new Set((organization?.roles ?? []).map((role) => (typeof role === 'string' ? role : role.role)))];

/** The person at this page: who, where, in which roles. Two small questions, asked together by the shell. */
export const viewerApi = api.injectEndpoints({
  endpoints: (build) => ({
    viewer: build.query<Viewer, void>({
      queryFn: async () => {
        const [me, mine] = await Promise.all([exchange({ url: '/identity/me' }), exchange({ url: '/organizations/mine' })]);
        if ('error' in me) return { error: me.error as Problem };
        const person = me.data as Me;
        const listed = 'error' in mine ? [] : (mine.data as Mine);
        const organizations = (Array.isArray(listed) ? listed : (listed.items ?? [])).map((each) => ({
          id: each.id,
          slug: each.slug,
          name: each.name,
          roles: rolesOf(each),
        }));
        const here = organizations.find((each) => each.id === person.organization?.id) ?? organizations[0];
        return {
          data: {
            user: person.user_id,
            name: person.display_name ?? person.email,
            email: person.email,
            verified: person.email_verified,
            organizations,
            roles: here?.roles ?? [],
          },
        };
      },
      providesTags: ['Viewer'],
    }),
  }),
});

export const { useViewerQuery } = viewerApi;

const TEACHING = ['instructor', 'assistant', 'author', 'admin', 'owner', 'operator'];
const AUTHORING = ['author', 'admin', 'owner', 'operator'];
const ADMINISTERING = ['admin', 'owner', 'operator'];

export const mayTeach = (roles: string[]): boolean => roles.some((role) => TEACHING.includes(role));
export const mayAuthor = (roles: string[]): boolean => roles.some((role) => AUTHORING.includes(role));
export const mayAdminister = (roles: string[]): boolean => roles.some((role) => ADMINISTERING.includes(role));
