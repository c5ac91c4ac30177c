import { notFound, redirect, type ParsedLocation } from '@tanstack/react-router';

import { exchange } from '@lib/api/base';
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

const ID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Staff's pages know their course by its id; the address may name it by its slug, as the catalogue does. */
export const byId =
  (may: 'edit' | 'teach') =>
  async ({ params, location }: { params: object; location: ParsedLocation }): Promise<void> => {
    const { course = '' } = params as { course?: string };
    if (ID.test(course)) return;
    const found = await exchange({ url: '/courses', params: { slug: course, may, limit: 1 } });
    const [line] = 'data' in found ? (found.data as { items: { id: string }[] }).items : [];
    if (line) throw redirect({ href: location.href.replace(/^(\/\w+\/)[^/?#]+/, `$1${line.id}`), replace: true });
  };

/** The gallery of components: in the dev build, or where the e2e tests ask for it. */
export function galleryOnly(): void {
  if (!import.meta.env.DEV && recall('gallery') === null) throw notFound();
}
