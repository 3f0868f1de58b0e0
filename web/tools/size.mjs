// What a browser has to load before the inbox shows, against its budget.
import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const kB = 1000;
const packed = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const scripts = new Set();
const styles = new Set();

function follow(key) {
  const chunk = manifest[key];
  if (scripts.has(chunk.file)) return;
  scripts.add(chunk.file);
  for (const file of chunk.css ?? []) styles.add(file);
  for (const next of chunk.imports ?? []) follow(next);
}
follow(entry);
// The inbox is a page of its own, but it is what people wait for.
follow("src/features/inbox/InboxPage.tsx");

const sum = (files) => [...files].reduce((total, file) => total + packed(file), 0);
const rows = [
  ["script before the inbox shows", sum(scripts), 230 * kB],
  ["style sheet", sum(styles), 16 * kB],
  ["chat widget", packed("widget.js"), 15 * kB],
];
for (const key of Object.keys(manifest)) {
  const chunk = manifest[key];
  if (!chunk.isDynamicEntry || scripts.has(chunk.file) || !key.startsWith("src/features/") || /Editor|Emoji/.test(key)) continue;
  const size = packed(chunk.file);
  if (size > 60 * kB) rows.push([key, size, 60 * kB]);
}

let over = false;
for (const [name, size, most] of rows) {
  over ||= size > most;
  console.log(`${size > most ? "OVER" : "ok  "}  ${name}: ${(size / kB).toFixed(1)} kB of ${most / kB} kB`);
}
console.log(`      ${scripts.size} scripts, index.html ${statSync(new URL("index.html", dist)).size} bytes`);
if (over) process.exit(1);
