import type { Plugin } from 'vite';

import { compile } from './compile.ts';

const CATALOGUE = /\/i18n\/[a-z]{2}\.json$/;

/** Compile ICU catalogues at build time, so that no parser is shipped. */
export function messages(): Plugin {
  return {
    name: 'stoa-messages',
    enforce: 'pre',
    transform: {
      filter: { id: CATALOGUE },
      handler(source, id) {
        const catalogue = JSON.parse(source) as Record<string, string>;
        const compiled = Object.entries(catalogue).map(([key, text]) => {
          try {
            return [key, compile(text)];
          } catch (error) {
            throw new Error(`${id}: ${key}: ${String(error)}`, { cause: error });
          }
        });
        return { code: JSON.stringify(Object.fromEntries(compiled)), map: null };
      },
    },
  };
}
