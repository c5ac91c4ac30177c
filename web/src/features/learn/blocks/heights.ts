const MOST = 6000;
const ENOUGH = 3;

/**
 * Takes the heights that a page in a frame tells, and gives the one to use.
 * A page as high as its frame and a bit grows with it for ever: the same step three times in a row is such a page, and it gets what it said first.
 */
export function heightKeeper(): (told: number) => number {
  let first = 0;
  let last: number | undefined;
  let step = 0;
  let repeats = 0;
  let isRunaway = false;
  return (told) => {
    const height = Math.min(Math.ceil(told), MOST);
    if (last === undefined) first = height;
    else {
      const grown = height - last;
      repeats = grown > 0 && Math.abs(grown - step) <= 1 ? repeats + 1 : 0;
      step = grown;
      if (repeats >= ENOUGH - 1) isRunaway = true;
    }
    last = height;
    return isRunaway ? first : height;
  };
}
