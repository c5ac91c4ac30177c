const A_SECOND = 20;
const AT_ONCE = 10;

/** Let through two comments in 100 ms, as evenly as they come; what was not used is saved up for half a second. */
export function calmGate(now: () => number): () => boolean {
  let left = AT_ONCE;
  let at = now();
  return () => {
    const moment = now();
    left = Math.min(AT_ONCE, left + ((moment - at) / 1000) * A_SECOND);
    at = moment;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
