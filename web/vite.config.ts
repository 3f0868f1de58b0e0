import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// In development the pages come from Vite and everything else from a running server.
const target = process.env.SWITCHBOARD_DEV_SERVER ?? "http://localhost:8080";
const proxy = Object.fromEntries(["/api", "/files", "/widget.js", "/widget/"].map((path) => [path, { target, ws: true }]));

export default defineConfig({
  plugins: [react(), tailwind()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  server: { proxy },
  preview: { proxy },
  // The widget and the emoji data are put beside it afterwards; see the build script.
  build: { target: "es2023", sourcemap: false, emptyOutDir: true, manifest: true },
});
