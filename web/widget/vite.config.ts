import { defineConfig, type Plugin } from "vite";

/** Sites without a charset declaration must not break our text, so the bundle is plain ASCII. */
function asciiOnly(): Plugin {
  return {
    name: "ascii-only",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") {
          file.code = file.code.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
        }
      }
    },
  };
}

// The test build is the same but for its shadow root, which is open so that tests can look inside.
const test = process.env.WIDGET_TEST === "1";

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  define: { __OPEN_SHADOW__: JSON.stringify(test) },
  plugins: [asciiOnly()],
  build: {
    target: "es2022",
    outDir: test ? "../dist-widget" : "../dist",
    emptyOutDir: false,
    sourcemap: false,
    modulePreload: false,
    lib: { entry: "src/index.ts", formats: ["iife"], name: "switchboardChatBundle", fileName: () => (test ? "widget.test.js" : "widget.js") },
  },
});
