import { api, exchange } from '@lib/api/base';
import type { Me } from '@lib/api/identity.gen';
import type { MyOrganizations } from '@lib/api/organizations.gen';
import type { OwnProfile } from '@lib/api/people.gen';

export type Viewer = {
  user: string;
  name: string;
  email: string;
  verified: boolean;
  organization: string;
  organizations: MyOrganizations['items'];
  /** Roles held in the organization of this session, those in single courses included. */
  roles: string[];
  /** Null while the profile of a brand-new account is on its way. */
  profile: OwnProfile | null;
};

/** The person at this page: who, where, in which roles. Three small questions, asked together by the shell. */
const viewerApi = api.injectEndpoints({
  endpoints: (build) => ({
    viewer: build.query<Viewer, void>({
      queryFn: async () => {
        const [me, mine, own] = await Promise.all(['/identity/me', '/organizations/mine', '/people/me'].map((url) => exchange({ url })));
        if (!me || 'error' in me) return { error: me?.error ?? { status: 0, code: 'client.offline', title: '', fields: {} } };
        const account = me.data as Me;
        const { items, is_operator } = mine && 'data' in mine ? (mine.data as MyOrganizations) : { items: [], is_operator: false };
        const profile = own && 'data' in own ? (own.data as OwnProfile) : null;
        const held = items.find((each) => each.is_current)?.roles.map((each) => each.role) ?? [];
        return {
          data: {
            user: account.user_id,
            name: profile?.display_name || account.email,
            email: account.email,
            verified: account.email_verified,
            organization: account.organization_id,
            organizations: items,
            roles: [...new Set(is_operator ? [...held, 'operator'] : held)],
            profile,
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
