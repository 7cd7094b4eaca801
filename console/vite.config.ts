import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** How long each plugin took is no news to who types `npm start`. */
const checks = { bundlerTimings: false };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), { ...optimizeLocales.vite({ locales: ['en-US'] }), enforce: 'pre' }],
  // Each worker is a build of its own, with options of its own.
  worker: { format: 'es', rolldownOptions: { checks } },
  // A list of 70 files would hide what `npm start` has to say.
  logLevel: 'warn',
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // The console has a place of the name `assets`.
    assetsDir: 'static',
    // light-dark() stays as written: every theme token is one line.
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // The CSP allows fonts and images from 'self' only, not data: URIs.
    assetsInlineLimit: 0,
    rolldownOptions: { checks },
    modulePreload: { polyfill: false },
  },
});
