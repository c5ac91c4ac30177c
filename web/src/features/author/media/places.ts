import type { Problem } from '@lib/problem';

/** Where a file is used, as a refusal to remove it says: titles of blocks and pages, or courses that hold it. */
export function placesOf(problem: Problem | undefined): string[] {
  const users = problem?.fields.used_by;
  if (!Array.isArray(users)) return [];
  return users.map((user: unknown) => (typeof user === 'string' ? user : String((user as { title?: unknown }).title ?? ''))).filter((title) => title !== '');
}
