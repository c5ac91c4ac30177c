/** What services keep of somebody and give back, each by its own account of it; a test holds the list to the API's description. */
export const PARTS = [
  { id: 'account', url: '/identity/export' },
  { id: 'profile', url: '/people/me' },
  { id: 'organizations', url: '/organizations/mine' },
  { id: 'seats', url: '/enrollment/mine' },
  { id: 'learning', url: '/learn/export' },
  { id: 'live', url: '/live/export' },
  { id: 'calendar', url: '/calendar/export' },
  { id: 'notifications', url: '/notifications/export' },
] as const;

export type PartId = (typeof PARTS)[number]['id'];

/** One file of all parts, each under its name, with the moment it was made. */
export function fileOf(parts: Partial<Record<PartId, unknown>>, now: Date): Blob {
  return new Blob([JSON.stringify({ made_at: now.toISOString(), ...parts }, null, 2)], { type: 'application/json' });
}
