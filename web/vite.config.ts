import { defineConfig } from "vite"; import react from "@vitejs/plugin-react"; import tailwind from "@tailwindcss/vite";
const proxy = Object.fromEntries(["/api", "/widget.js", "/widget/"].map((p) => [p, { target: process.env.TARGET ?? "http://127.0.0.1:9200", ws: true }]));
export default defineConfig({ plugins: [react(), tailwind()], resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } }, server: { port: 9300, host: "127.0.0.1", proxy, hmr: false, watch: null }, preview: { port: 9300, host: "127.0.0.1", proxy }, build: { minify: true } });
