import { defineConfig } from "vitest/config";

export default defineConfig({
  // A test reads the list of event kinds that the server has.
  server: { fs: { strict: false } },
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}", "widget/src/**/*.test.ts"], css: true },
});
