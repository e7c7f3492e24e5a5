import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: { host: 'localhost', port: 5173, strictPort: true },
  // Separate style and script files, so that the Content-Security-Policy allows nothing inline.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
