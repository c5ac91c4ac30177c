import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';

import { aria } from './vite/aria.ts';
import { bare } from './vite/bare.ts';
import { excalidraw } from './vite/excalidraw.ts';
import { loading } from './vite/loading.ts';
import { messages } from './vite/messages.ts';
import { fromServer, isPage } from './vite/navigations.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const backend = process.env.STOA_URL ?? 'http://127.0.0.1:8000';
const LIBRARIES =
  /rolldown[\\/]runtime\.js$|[\\/]node_modules[\\/](react|react-dom|scheduler|use-sync-external-store|redux|redux-thunk|reselect|immer|react-redux|@reduxjs|@tanstack[\\/](react-router|router-core|history|store|react-store))[\\/]/;
/** The entry and what the shell itself imports; a module too many here shows in the budget. */
const SHELL =
  /[\\/]src[\\/](main|app[\\/](App|router|guards|catalogues|search|store|pages[\\/](RouteError|Pending)|shell[\\/](Shell|Navigation|AccountButton|ThemeButton))|lib[\\/](api[\\/](base|viewer)|announce|boot|hotkeys|i18n|icu|navigation|online|problem|session|signal|storage|theme)|ui[\\/](Avatar|Icon|IconButton|Kbd|OfflineBar|Skeleton|Tooltip))\.tsx?$/;
/** What readers' pages share. A browser asks a server without HTTP/2 for six things at once: many small chunks would wait for each other. */
const PAGES =
  /[\\/]src[\\/](lib[\\/]api[\\/](catalog|enrollment|progress)|features[\\/](catalog[\\/](categoryName|Course(Card|Grid))|learn[\\/](useNow|Refusal|progress[\\/]Celebration|player[\\/](outline|OutlineTree))))(\.gen)?\.tsx?$/;

const proxied = { target: backend, changeOrigin: false };

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@(app|ui|lib)\//, replacement: `${here('./src')}/$1/` },
      // React has had this hook for years: the shim of older versions would come twice.
      { find: /^use-sync-external-store\/shim\/with-selector(\.js)?$/, replacement: 'use-sync-external-store/with-selector.js' },
      { find: /^use-sync-external-store\/shim(\/index)?(\.js)?$/, replacement: 'react' },
    ],
  },
  plugins: [
    messages(),
    bare(),
    aria(['en', 'ar']),
    loading(),
    excalidraw(here('./node_modules/@excalidraw/excalidraw/dist/prod')),
    react(),
    VitePWA({
      registerType: 'prompt',
      injectRegister: null,
      manifest: {
        name: 'Stoa',
        short_name: 'Stoa',
        description: 'Learn together, at your own pace',
        start_url: '/home',
        display: 'standalone',
        background_color: '#FAF8F4',
        theme_color: '#0B6178',
        icons: [
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any maskable' },
        ],
      },
      workbox: {
        globPatterns: ['index.html', 'early.js', 'assets/*.{js,woff2}'],
        // Staff tools need the server anyway; the last group is fetched when first wanted.
        globIgnores: ['**/assets/{author,admin,teach,gallery,live,classes}-*', '**/assets/hls*', '**/assets/build-*', '**/*latin-ext*'],
        maximumFileSizeToCacheInBytes: 600_000,
        // Pages come from the server first, even the one that lies here as a file.
        navigateFallback: null,
        directoryIndex: null,
        navigationPreload: true,
        runtimeCaching: [{ urlPattern: isPage, handler: fromServer }],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
  build: {
    outDir: '../stoa/web',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    // The list of every chunk's needs would cost the entry 1 KB: links fetch their page's code on hover, focus or touch.
    modulePreload: { polyfill: false, resolveDependencies: (_, files, { hostType }) => (hostType === 'html' ? files : []) },
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        // Few chunks compress better than many, and their names are part of the entry: libraries, our shell, then what most pages share.
        codeSplitting: {
          groups: [
            { name: 'base', priority: 3, test: LIBRARIES },
            { name: 'shell', priority: 2, test: SHELL },
            { name: 'pages', priority: 2, test: PAGES, includeDependenciesRecursively: false },
            // The words of the shell and of the components are wanted by every page at once.
            { debugName: 'words', name: (id) => `words-${id.slice(-7, -5)}`, priority: 2, test: /[\\/]src[\\/](ui[\\/])?i18n[\\/][a-z]{2}\.json$/ },
            { name: 'ui', priority: 1, test: /\/src\/(ui|lib)\/(?!api\/)/, minShareCount: 4 },
          ],
        },
        assetFileNames: 'assets/[name]-[hash:8][extname]',
        entryFileNames: 'assets/[name]-[hash:8].js',
        // The name of a chunk says whose it is: budgets and the offline cache go by it.
        chunkFileNames: ({ facadeModuleId, moduleIds }) => {
          const feature = /\/features\/([^/]+)\//.exec(facadeModuleId ?? '')?.[1];
          // The whiteboard's program comes in parts of its own, its words among them.
          if (moduleIds.some((id) => /@excalidraw|excalidraw-nothing/.test(id)) && !facadeModuleId?.includes('/src/')) return 'assets/live-board-[name]-[hash:8].js';
          const locale = /\/i18n\/[a-z]{2}\.json$/.test(facadeModuleId ?? '') ? 'words-' : '';
          return `assets/${feature ? `${feature}-` : ''}${locale}[name]-[hash:8].js`;
        },
      },
    },
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': proxied, '/media': proxied, '/blobs': proxied, '/dev/mail': proxied },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['./src/lib/testing/setup.ts'],
    restoreMocks: true,
  },
});
