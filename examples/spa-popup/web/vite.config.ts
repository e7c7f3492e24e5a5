import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: { host: 'localhost', port: 5173, strictPort: true },
  // Styles and scripts in files of their own, so that the page's policy need allow nothing inline.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
