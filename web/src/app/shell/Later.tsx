import { lazy, Suspense, useEffect, useState } from 'react';
import { useStore } from 'react-redux';

import { exchange } from '@lib/api/base';
import type { OrganizationView } from '@lib/api/organizations.gen';
import type { OwnProfile } from '@lib/api/people.gen';
import { useViewerQuery } from '@lib/api/viewer';
import { wear } from '@lib/brand';
import { chooseZone } from '@lib/format';
import { LOCALES, loadMessages, speak, useT, type Locale } from '@lib/i18n';
import { patient } from '@lib/online';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { recall } from '@lib/storage';
import { chooseSpacing, chooseTheme, isTheme } from '@lib/theme';
import { trusted } from '@lib/trusted';
import { hearProgress } from '@app/shell/hearProgress';
import { Toasts } from '@ui/Toasts';
import { toast } from '@ui/toast';

const LanguageMenu = lazy(patient(() => import('@app/shell/LanguageMenu')));
const Bell = lazy(patient(() => Promise.all([import('../../features/bell/Bell'), loadMessages('bell')]).then(([module]) => module)));

/** What can wait for the first paint: toasts, the organization's look, the profile's choices, the service worker. */
export default function Later() {
  const { state } = useSignal(session);
  const { data } = useViewerQuery(undefined, { skip: state !== 'signed-in' });
  const slug = data?.organizations.find((each) => each.is_current)?.slug;
  useEffect(() => {
    void exchange({ url: '/organizations/branding', params: { slug } }).then((answer) => {
      if ('data' in answer) wear((answer.data as OrganizationView).branding);
    });
  }, [slug]);
  useEffect(() => {
    if (data?.profile) follow(data.profile);
  }, [data?.profile]);
  const store = useStore();
  const user = data?.user;
  useEffect(() => (user ? hearProgress(store) : undefined), [user, store]);
  useNewRelease();
  const slot = document.getElementById('bell');
  return (
    <>
      <Toasts />
      {slot && (
        <Suspense fallback={null}>
          {user && <Bell key={user} slot={slot} />}
          {state === 'guest' && <LanguageMenu slot={slot} />}
        </Suspense>
      )}
    </>
  );
}

/** On a device that has no choices of its own, the profile's hold. */
function follow(profile: OwnProfile): void {
  if (recall('theme') === null && isTheme(profile.theme)) chooseTheme(profile.theme);
  if (recall('spacing') === null && profile.text_spacing) chooseSpacing('wide');
  if (recall('zone') === null && profile.time_zone) chooseZone(profile.time_zone);
  if (recall('locale') === null && profile.locale in LOCALES) void speak(profile.locale as Locale);
}

/** Pages come from the server: one that was opened after the release is the new one already, while its worker waits for the others to close. */
async function isThisRelease(): Promise<boolean> {
  const entry = document.querySelector<HTMLScriptElement>('script[type=module]')?.getAttribute('src');
  // A query goes past the worker, which keeps the plain address.
  const newest = await fetch('/index.html?newest').then((answer) => answer.text(), () => '');
  return Boolean(entry) && newest.includes(`"${entry}"`);
}

/** A new release is offered, never forced: nobody loses a page in the middle of an answer. */
function useNewRelease(): void {
  const t = useT();
  const [waiting, setWaiting] = useState<ServiceWorker>();
  useEffect(() => {
    if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
    void navigator.serviceWorker.register(trusted.createScriptURL('/sw.js')).then((registration) => {
      const note = (): void => {
        const worker = registration.installing ?? registration.waiting;
        if (!worker || !navigator.serviceWorker.controller) return;
        const offer = (): void => {
          if (worker.state === 'installed') void isThisRelease().then((isThis) => isThis || setWaiting(worker));
        };
        offer();
        worker.addEventListener('statechange', offer);
      };
      note();
      registration.addEventListener('updatefound', note);
    });
  }, []);
  useEffect(() => {
    if (!waiting) return;
    toast(t('shell.new-release'), {
      label: t('shell.reload'),
      onPress: () => {
        navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no target origin
        waiting.postMessage({ type: 'SKIP_WAITING' });
      },
    });
  }, [waiting, t]);
}
