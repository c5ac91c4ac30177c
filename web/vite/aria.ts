import type { Plugin } from 'vite';

const STRINGS = /[\\/]intl[\\/].*?([a-z]{2})-[A-Z]{2}\.m?js$/;

/** React Aria brings its words in thirty languages: keep those that we speak. */
export function aria(spoken: readonly string[]): Plugin {
  return {
    name: 'stoa-aria',
    enforce: 'pre',
    resolveId: {
      filter: { id: STRINGS },
      handler(id) {
        const language = STRINGS.exec(id)?.[1];
        return language && !spoken.includes(language) ? '\0stoa-aria-silent' : null;
      },
    },
    load: {
      filter: { id: /^\0stoa-aria-silent$/ },
      handler: () => 'export default {};',
    },
  };
}
