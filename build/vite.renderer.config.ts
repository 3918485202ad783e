import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Builds the window into `dist/renderer`: relative addresses for Electron, nothing inline for the content security policy. */
export default defineConfig({
  root: at('../renderer'),
  base: './',
  plugins: [react()],
  server: { fs: { allow: [at('..')] } },
  build: {
    outDir: at('../dist/renderer'),
    emptyOutDir: true,
    target: ['chrome130', 'firefox132', 'safari18'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // All of it is local; one file starts fastest.
    chunkSizeWarningLimit: 800,
  },
});
