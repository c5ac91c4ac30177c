import type { Plugin } from 'vite';

/** Vite's loader of chunks looks for sheets and preloads that we never give it (config: one sheet, no lists): a plain import does the same in 1 KB less. */
export function bare(): Plugin {
  return {
    name: 'stoa-bare',
    apply: 'build',
    transform: {
      filter: { id: /vite\/preload-helper\.js$/ },
      handler: () => ({ code: 'export const __vitePreload = (load) => load();', map: null }),
    },
  };
}
