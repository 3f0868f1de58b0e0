// The emoji picker reads its data from our own server: <base>/<language>/{data,messages}.json.
import { copyFileSync, mkdirSync } from "node:fs";

const from = new URL("../node_modules/emojibase-data/en/", import.meta.url);
const to = new URL("../dist/emoji/en/", import.meta.url);
mkdirSync(to, { recursive: true });
for (const file of ["data.json", "messages.json"]) copyFileSync(new URL(file, from), new URL(file, to));
