import type { HtmlTagDescriptor, Plugin } from 'vite';

/** Tell the browser of the font before the stylesheet does. */
export function loading(): Plugin {
  return {
    name: 'stoa-loading',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const font = Object.keys(bundle ?? {}).find((name) => /next-latin-wght-normal.*\.woff2$/.test(name));
        const preload: HtmlTagDescriptor = {
          tag: 'link',
          attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `/${font}` },
          injectTo: 'head',
        };
        return font ? [preload] : [];
      },
    },
  };
}
