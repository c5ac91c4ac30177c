import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';

import { AccountButton } from '@app/shell/AccountButton';
import { MainNav, TabBar } from '@app/shell/Navigation';
import { ThemeButton } from '@app/shell/ThemeButton';
import { useHotkeys } from '@lib/hotkeys';
import { loadMessages, useT } from '@lib/i18n';
import { patient } from '@lib/online';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { Icon } from '@ui/Icon';
import { Kbd } from '@ui/Kbd';
import { OfflineBar } from '@ui/OfflineBar';

// Nothing below is needed for the first paint: each arrives on the first press, or when the page is idle.
const withWords = <Module,>(load: () => Promise<Module>): (() => Promise<Module>) => () => Promise.all([load(), loadMessages('ui')]).then(([module]) => module);
const SearchDialog = lazy(withWords(() => import('@app/shell/SearchDialog')));
const SignInAgain = lazy(withWords(() => import('@app/shell/SignInAgain')));
const Later = lazy(patient(withWords(() => import('@app/shell/Later'))));

const MAC = /mac|iphone|ipad/i.test(navigator.platform);

/** Everything around a page: bar, navigation, search, and what may lie over it. */
export function Shell() {
  const t = useT();
  const { state, expired } = useSignal(session);
  const [searching, setSearching] = useState(false);
  const [idle, setIdle] = useState(false);
  const isLoading = useRouterState({ select: (router) => router.isLoading });
  useHotkeys({ 'mod+k': () => setSearching(true) });
  useEffect(() => {
    const wait = setTimeout(() => setIdle(true), 1500);
    return () => clearTimeout(wait);
  }, []);
  return (
    <>
      <a className="skip" href="#main">
        {t('shell.skip')}
      </a>
      <header className="topbar">
        <Link className="brand" to={state === 'signed-in' ? '/home' : '/'}>
          <Logo />
          Stoa
        </Link>
        <MainNav />
        <div className="topbar-tools">
          <button type="button" className="search-open" aria-haspopup="dialog" onClick={() => setSearching(true)}>
            <Icon name="search" />
            <span className="search-words">{t('shell.search')}</span>
            <Kbd keys={MAC ? '⌘K' : 'Ctrl K'} />
          </button>
          <ThemeButton />
          <span id="bell" />
          <AccountButton />
        </div>
      </header>
      <OfflineBar />
      <main id="main" tabIndex={-1}>
        {isLoading && <div className="pending" aria-hidden="true" />}
        <Outlet />
      </main>
      <TabBar />
      {/* A boundary each: one that waits would hide the others, and take the focus out of an open dialog. */}
      <Suspense fallback={null}>{searching && <SearchDialog onClose={() => setSearching(false)} />}</Suspense>
      <Suspense fallback={null}>{expired && <SignInAgain />}</Suspense>
      <Suspense fallback={null}>{idle && <Later />}</Suspense>
    </>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
      <path d="M12 2 22 7.5V9H2V7.5zM4 10.5h3V18H4zM10.5 10.5h3V18h-3zM17 10.5h3V18h-3zM2 19.5h20V22H2z" />
    </svg>
  );
}
