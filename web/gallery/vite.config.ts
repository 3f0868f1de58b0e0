import react from "@vitejs/plugin-react";
import tailwind from "@tailwindcss/vite";
import { defineConfig } from "vite";

// A page of its own for those who build the product; nothing of it is in the product.
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  mode: "pseudo",
  publicDir: false,
  plugins: [react(), tailwind()],
  resolve: { alias: { "@": new URL("../src", import.meta.url).pathname } },
  build: { target: "es2023", emptyOutDir: true, rollupOptions: { input: new URL("./index.html", import.meta.url).pathname } },
});
