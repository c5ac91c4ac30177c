import { Link, useRouterState } from '@tanstack/react-router';

import { useT } from '@lib/i18n';
import { mayAdminister, mayAuthor, mayTeach, useViewerQuery } from '@lib/api/viewer';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { Icon, type IconName } from '@ui/Icon';

type Place = { to: '/home' | '/catalog' | '/teach' | '/author' | '/admin/overview' | '/' | '/login'; words: string; icon: IconName; under?: string };

const LEARN: Place = { to: '/home', words: 'shell.learn', icon: 'book', under: '/learn' };
const EXPLORE: Place = { to: '/catalog', words: 'shell.explore', icon: 'compass', under: '/c' };
const TEACH: Place = { to: '/teach', words: 'shell.teach', icon: 'teach' };
const AUTHOR: Place = { to: '/author', words: 'shell.author', icon: 'pencil' };
const ADMIN: Place = { to: '/admin/overview', words: 'shell.admin', icon: 'shield', under: '/admin' };

/** The places, by what this person may do. */
function usePlaces(): Place[] {
  const { state } = useSignal(session);
  const { data } = useViewerQuery(undefined, { skip: state !== 'signed-in' });
  if (state === 'guest') return [EXPLORE];
  const roles = data?.roles ?? [];
  const staff = [...(mayTeach(roles) ? [TEACH] : []), ...(mayAuthor(roles) ? [AUTHOR] : []), ...(mayAdminister(roles) ? [ADMIN] : [])];
  return [LEARN, EXPLORE, ...staff];
}

export function MainNav() {
  const t = useT();
  const places = usePlaces();
  return (
    <nav className="mainnav" aria-label={t('shell.main-navigation')}>
      {places.map((place) => (
        <Place key={place.to} place={place} />
      ))}
    </nav>
  );
}

/** The same places at the thumb, on phones; a fifth stands in the account's menu. */
export function TabBar() {
  const t = useT();
  const { state } = useSignal(session);
  const places = usePlaces();
  const shown: Place[] =
    state !== 'guest'
      ? places.filter((place) => places.length < 5 || place !== EXPLORE)
      : [{ to: '/', words: 'shell.start', icon: 'home' }, EXPLORE, { to: '/login', words: 'shell.sign-in', icon: 'log-in' }];
  return (
    <nav className="tabbar" aria-label={t('shell.quick-navigation')}>
      {shown.map((place) => (
        <Place key={place.to} place={place} withIcon />
      ))}
    </nav>
  );
}

function Place({ place, withIcon = false }: { place: Place; withIcon?: boolean }) {
  const t = useT();
  const isWithin = useRouterState({ select: ({ location }) => place.under !== undefined && location.pathname.startsWith(`${place.under}/`) });
  return (
    <Link className={isWithin ? 'active' : undefined} to={place.to} search={{}} activeOptions={{ exact: place.to === '/', includeSearch: false }}>
      {withIcon && <Icon name={place.icon} />}
      {t(place.words)}
    </Link>
  );
}
