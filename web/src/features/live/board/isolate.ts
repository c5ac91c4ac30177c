/** While one part fills the window, what lies behind it takes no focus; what only speaks stays. */
export function isolate(part: HTMLElement): () => void {
  const behind: HTMLElement[] = [];
  for (let here: HTMLElement = part; here.parentElement && here !== document.body; here = here.parentElement) {
    for (const other of here.parentElement.children) {
      if (other === here || !(other instanceof HTMLElement) || other.inert || other.matches('[role=status], dialog, script, link, style')) continue;
      other.inert = true;
      behind.push(other);
    }
  }
  return () => behind.forEach((other) => (other.inert = false));
}
