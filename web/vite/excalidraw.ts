import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Plugin } from 'vite';

/** The place of its fonts and its sheet; the version in it lets them be kept for ever. features/live/board/sheet.ts knows it, too. */
const BASE = 'assets/excalidraw-0.18.1';
const NOTHING = '\0excalidraw-nothing';
/** What our whiteboard does not offer: diagrams from text, pictures, and files with their fonts cut to size (a worker with WebAssembly). */
const LEFT_OUT = /^@excalidraw\/mermaid-to-excalidraw$|^(pica|image-blob-reduce)$|^\.\/subset-(worker|shared)\.chunk\.js$/;
const LOCALES = /^\.\/locales\/(?!en-|ar-SA-)/;
/** Chinese by hand is 12 MB in 200 files: such words are written in the reader's own font. */
const FONTS = ['Assistant', 'ComicShanns', 'Excalifont', 'Lilita', 'Liberation', 'Nunito'];

/** The whiteboard's program with everything it fetches from our own origin, in the languages that we speak. */
export function excalidraw(from: string): Plugin {
  const files = (): string[] => ['index.css', ...FONTS.flatMap((font) => readdirSync(join(from, 'fonts', font)).map((name) => `fonts/${font}/${name}`))];
  return {
    name: 'stoa-excalidraw',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!importer?.includes('@excalidraw')) return null;
      return LEFT_OUT.test(source) || LOCALES.test(source) ? NOTHING : null;
    },
    load: (id) => (id === NOTHING ? 'export default {};' : null),
    transform: {
      filter: { id: /@excalidraw\/excalidraw\/dist\/.*\.js/ },
      // Where a font is not found it is asked of a host elsewhere: never from our pages.
      handler: (code) => ({
        // A page has one footer, and it is not this one; a row of colours is no dialog. Its bundler asks for Node's `require`; answering that would put 0.2 KB into our shell.
        code: code.replaceAll('https://esm.sh/', `\${location.origin}/${BASE}/`).replaceAll('role:"contentinfo"', 'role:"group"').replaceAll('role:"dialog","aria-modal":"true",className:"color-picker-container"', 'role:"group",className:"color-picker-container"').replaceAll('typeof require<"u"?require:', '').replaceAll('if(typeof require<"u")return require.apply(this,arguments);', ''),
        map: null,
      }),
    },
    generateBundle() {
      for (const name of files()) this.emitFile({ type: 'asset', fileName: `${BASE}/${name}`, source: readFileSync(join(from, name)) });
    },
    configureServer(server) {
      server.middlewares.use(`/${BASE}/`, (request, response, next) => {
        const name = (request.url ?? '').slice(1);
        if (!files().includes(name)) return next();
        response.setHeader('content-type', name.endsWith('.css') ? 'text/css' : 'font/woff2');
        response.end(readFileSync(join(from, name)));
      });
    },
  };
}
