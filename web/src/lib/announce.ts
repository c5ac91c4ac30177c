/** Say something to people who listen to the page. The region is in the shell, so nothing is lost when a route changes. */
let region: HTMLElement | undefined;
let clearing: ReturnType<typeof setTimeout> | undefined;

function regionOnPage(): HTMLElement {
  if (region?.isConnected) return region;
  region = document.createElement('div');
  region.className = 'visually-hidden';
  region.setAttribute('role', 'status');
  region.setAttribute('aria-live', 'polite');
  document.body.append(region);
  return region;
}

export function announce(message: string): void {
  const target = regionOnPage();
  target.textContent = '';
  clearTimeout(clearing);
  // A text that is set in the same task as the empty one is not read again.
  requestAnimationFrame(() => {
    target.textContent = message;
  });
  clearing = setTimeout(() => {
    target.textContent = '';
  }, 5000);
}
