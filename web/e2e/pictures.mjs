// The gallery of all components, compared with kept pictures: `node web/e2e/pictures.mjs`; `UPDATE_PICTURES=1` keeps what is seen now.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";
import { smallPng } from "./small-png.mjs";

const here = new URL(".", import.meta.url).pathname;
const kept = join(here, "pictures");
const update = process.env.UPDATE_PICTURES === "1";
const only = process.env.ONLY;
const out = mkdtempSync(join(tmpdir(), "switchboard-gallery-"));
/** How far a pixel may be off, of 255, and how many may be further off: edges are drawn a little differently by each version. */
const OFF = 40;
const MOST = 40;

await build({ configFile: join(here, "../gallery/vite.config.ts"), mode: "pseudo", logLevel: "error", build: { outDir: join(out, "site"), emptyOutDir: true } });
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
const site = createServer((req, res) => {
  const path = new URL(req.url, "http://x").pathname;
  const file = join(out, "site", path === "/" ? "gallery/index.html" : path);
  if (!existsSync(file) || !statSync(file).isFile()) return res.writeHead(404).end();
  res.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
});
await new Promise((r) => site.listen(0, "127.0.0.1", r));
const base = `http://127.0.0.1:${site.address().port}/`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
  ],
});
const looks = [
  { look: "light", width: 900, query: "" },
  { look: "dark", width: 900, query: "theme=dark" },
  { look: "phone", width: 390, query: "" },
  { look: "rtl", width: 900, query: "lang=ar-XB" },
];
const faults = [];
const seen = new Set();
let failed = 0;
let same = 0;

/** How many pixels differ, found by the browser itself; all of them where the sizes do. */
const compare = (page, a, b) =>
  page.evaluate(
    async ([x, y, off]) => {
      const read = async (data) => {
        const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
        const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
        canvas.drawImage(image, 0, 0);
        return canvas.getImageData(0, 0, image.width, image.height);
      };
      const [one, two] = [await read(x), await read(y)];
      if (one.width !== two.width || one.height !== two.height) return one.width * one.height;
      let differ = 0;
      for (let i = 0; i < one.data.length; i += 4)
        if (Math.abs(one.data[i] - two.data[i]) > off || Math.abs(one.data[i + 1] - two.data[i + 1]) > off || Math.abs(one.data[i + 2] - two.data[i + 2]) > off) differ++;
      return differ;
    },
    [a.toString("base64"), b.toString("base64"), OFF],
  );

/** The same picture, in fewer bytes. */
async function small(page, shot) {
  const { width, height, data } = await page.evaluate(async (png) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    let text = "";
    for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
    return { width: image.width, height: image.height, data: btoa(text) };
  }, shot.toString("base64"));
  return smallPng(width, height, Buffer.from(data, "base64"));
}

mkdirSync(kept, { recursive: true });
for (const { look, width, query } of looks) {
  const context = await browser.newContext({ viewport: { width, height: 1700 }, reducedMotion: "reduce", locale: "en-US", timezoneId: "UTC" });
  await context.clock.setFixedTime(new Date("2026-11-21T12:00:00Z"));
  const page = await context.newPage();
  page.on("pageerror", (e) => faults.push(`${look}: ${e.message}`));
  page.on("console", (m) => m.type() === "error" && faults.push(`${look}: ${m.text()}`));
  await page.goto(`${base}?${query}`);
  await page.locator("nav a").first().waitFor();
  const parts = await page.locator("nav a").allTextContents();
  for (const part of parts) {
    if (only && !new RegExp(only).test(`${part}-${look}`)) continue;
    await page.goto(`${base}?part=${part}&${query}`);
    const box = page.locator("[data-part]");
    await box.waitFor();
    await page.evaluate(() => document.fonts.ready);
    // What lies above the page is there when it has the focus or says its role.
    if (["menu", "popover", "tip", "dialog", "drawer", "confirm", "call", "resume", "form-dialog"].includes(part))
      await page.locator("[role=menu], [role=dialog], [role=alertdialog], [role=tooltip]").first().waitFor();
    if (part === "toast") await page.locator("[data-sonner-toast]").nth(1).waitFor();
    await page.waitForTimeout(250);
    const above = ["dialog", "drawer", "confirm", "call", "resume", "form-dialog", "toast"].includes(part);
    if (above) await page.setViewportSize({ width, height: part === "call" ? 760 : 420 });
    if (above) await page.waitForTimeout(150);
    const shot = above ? await page.screenshot({ caret: "hide" }) : await box.screenshot({ caret: "hide" });
    if (above) await page.setViewportSize({ width, height: 1700 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (wide) faults.push(`${part}-${look} scrolls sideways`);
    const name = `${part}-${look}.png`;
    seen.add(name);
    const file = join(kept, name);
    if (update) {
      // Only what is really another picture, so that a new version of the browser does not touch all of them.
      if (!existsSync(file) || (await compare(page, readFileSync(file), shot)) > 0) writeFileSync(file, await small(page, shot));
      continue;
    }
    const differs = existsSync(file) ? await compare(page, readFileSync(file), shot) : Number.POSITIVE_INFINITY;
    if (differs <= MOST) {
      same++;
      continue;
    }
    failed++;
    const seenNow = join(tmpdir(), `picture-${name}`);
    writeFileSync(seenNow, shot);
    console.log(`FAILED  ${name}: ${existsSync(file) ? `${differs} pixels differ` : "no picture is kept"}; seen now: ${seenNow}`);
  }
  await context.close();
}
if (!only) {
  for (const file of readdirSync(kept).filter((f) => !seen.has(f))) {
    if (update) rmSync(join(kept, file));
    else {
      failed++;
      console.log(`FAILED  ${file}: kept, but there is no such part`);
    }
  }
}
for (const fault of faults) console.log(`FAILED  ${fault}`);
await browser.close();
site.close();
rmSync(out, { recursive: true, force: true });
const size = readdirSync(kept).reduce((sum, f) => sum + statSync(join(kept, f)).size, 0);
console.log(update ? `${seen.size} pictures kept, ${Math.round(size / 1000)} kB` : `${same} pictures as kept, ${failed + faults.length} not`);
process.exit(failed || faults.length ? 1 : 0);
