import { notFound, redirect, type ParsedLocation } from '@tanstack/react-router';

import { recall } from '@lib/storage';
import { settled } from '@lib/session';

/** A page for people who are signed in; others sign in first and come back. */
export async function signedIn({ location }: { location: ParsedLocation }): Promise<void> {
  const { state } = await settled();
  if (state === 'guest') throw redirect({ to: '/login', search: { next: location.href } });
}

/** A page that makes no sense to somebody who is signed in. */
export async function guestsOnly({ search }: { search: { next?: string | undefined } }): Promise<void> {
  const { state } = await settled();
  if (state === 'signed-in') throw redirect({ to: search.next ?? '/home' });
}

/** The gallery of components: in the dev build, or where the e2e tests ask for it. */
export function galleryOnly(): void {
  if (!import.meta.env.DEV && recall('gallery') === null) throw notFound();
}
