import type { HtmlTagDescriptor, Plugin } from 'vite';

const SHEET = /<link rel="stylesheet"[^>]*href="\/([^"]+\.css)"[^>]*>/;

/** What the first paint waits for comes with the page: the whole app's sheet (11 KB packed), and word of the font, which nothing waits for. */
export function loading(): Plugin {
  return {
    name: 'stoa-loading',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const font = Object.keys(bundle).find((name) => /next-latin-wght-normal.*\.woff2$/.test(name));
        const preload: HtmlTagDescriptor = {
          tag: 'link',
          attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, fetchpriority: 'low', href: `/${font}` },
          injectTo: 'head',
        };
        return { html: html.replace(SHEET, (link, name: string) => inlined(bundle[name]) ?? link), tags: font ? [preload] : [] };
      },
    },
  };
}

function inlined(sheet: { type: string; source?: string | Uint8Array } | undefined): string | undefined {
  const text = sheet?.source?.toString() ?? '';
  // A sheet that could end its element early stays a file.
  return text && !/<\/style/i.test(text) ? `<style>${text.trim()}</style>` : undefined;
}
