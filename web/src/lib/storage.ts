/** Small choices that live in this browser; a refused storage is the same as an empty one. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`stoa.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`stoa.${key}`);
    else localStorage.setItem(`stoa.${key}`, value);
  } catch {
    // Private windows may refuse storage: the choice then lasts as long as the page.
  }
}
