import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  // What the web views of the supported systems understand: WebKitGTK 2.36, Safari 15.4, WebView2.
  build: { target: ["safari15.4", "chrome105"], modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
    env: { TZ: "UTC" },
    // One start for all files: the helper in src/test forgets what a test left.
    isolate: false,
    fileParallelism: false,
    // Developers' machines are busy, and so are those of the continuous integration.
    testTimeout: 30_000,
  },
});
