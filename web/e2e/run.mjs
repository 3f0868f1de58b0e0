// The product in a real browser: `node web/e2e/run.mjs BINARY`. Prints one line for each story and `N passed, N failed`.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as tcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { access } from "./access.mjs";
import { webhooks } from "./webhooks.mjs";
import { views } from "./views.mjs";
import { replies } from "./replies.mjs";
import { hours } from "./hours.mjs";
import { inspector } from "./inspector.mjs";
import { attributes } from "./attributes.mjs";
import { words } from "./words.mjs";
import { shift } from "./shift.mjs";
import { keyboard, languages } from "./languages.mjs";
import { replay } from "./replay.mjs";
import { reach } from "./reach.mjs";
import { mail } from "./mail.mjs";
import { system } from "./system.mjs";
import { late } from "./late.mjs";
import { settings } from "./settings.mjs";

const binary = process.argv[2];
const shots = process.env.SHOTS;
const here = new URL(".", import.meta.url).pathname;
const freePort = () =>
  new Promise((done) => {
    const s = tcp().listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => done(port));
    });
  });
const PASSWORD = "correct-horse-7";

const data = mkdtempSync(join(tmpdir(), "switchboard-e2e-"));
const port = await freePort();
const base = `http://127.0.0.1:${port}`;
// Where the stories' own identity provider will stand: the only private address that the server may reach.
const ssoPort = await freePort();
const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith("SWITCHBOARD_")));
const server = spawn(
  binary,
  ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, "--smtp-listen", "off", "--public-url", base, "--net-allow", `127.0.0.1:${ssoPort}`, "--backup-to", `${data}-backups`],
  {
    stdio: ["ignore", "pipe", "pipe"],
    env,
  },
);
let log = "";
server.stdout.on("data", (d) => (log += d));
server.stderr.on("data", (d) => (log += d));
const until = async (what, check, ms = 30_000) => {
  const end = Date.now() + ms;
  for (;;) {
    const got = await check().catch(() => undefined);
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((r) => setTimeout(r, 50));
  }
};
await until("the server", async () => (await fetch(`${base}/readyz`)).ok);

// A site of somebody else, with a strict policy, that embeds the chat.
const widget = readFileSync(join(here, "../dist-widget/widget.test.js"));
let site = "";
const shop = createServer((req, res) => {
  if (req.url === "/widget.test.js") return res.writeHead(200, { "content-type": "text/javascript" }).end(widget);
  res.writeHead(200, {
    "content-type": "text/html",
    "content-security-policy": `default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self' ${base}; img-src 'self' ${base}`,
  });
  res.end(site);
});
const shopPort = await freePort();
await new Promise((r) => shop.listen(shopPort, "127.0.0.1", r));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const axe = readFileSync(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
const faults = [];
page.on("pageerror", (e) => faults.push(e.message));
page.on("console", (m) => m.type() === "error" && !/ERR_INTERNET_DISCONNECTED|WebSocket|Failed to load resource/.test(m.text()) && faults.push(m.text()));

let passed = 0;
let failed = 0;
const story = async (name, run) => {
  try {
    await run();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n        ${String(error.message).split("\n").slice(0, 6).join("\n        ")}`);
    await page.screenshot({ path: join(tmpdir(), `e2e-failed-${failed}.png`) }).catch(() => {});
  }
};
const expect = (ok, words) => {
  if (!ok) throw new Error(words);
};
const look = (name) => (shots ? page.screenshot({ path: join(shots, `${name}.png`) }) : undefined);
// A message that is just appearing is half transparent, and its contrast no measure: what moves is let come to its end first.
const violations = async (p) => {
  await p.emulateMedia({ reducedMotion: "reduce" });
  await p.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY));
  await p.evaluate(axe);
  const found = await p.evaluate(() => globalThis.axe.run(document, { iframes: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  await p.emulateMedia({ reducedMotion: null });
  return found.violations.map(
    (v) =>
      `${v.id}: ${v.nodes
        .slice(0, 2)
        .map((n) => n.html.slice(0, 120))
        .join(" | ")}`,
  );
};
const api = async (method, path, body) => {
  const me = await (await context.request.get(`${base}/api/v1/me`)).json();
  const answer = await context.request.fetch(`${base}/api/v1${path}`, { method, data: body, headers: { "x-csrf-token": me.csrf_token } });
  const text = await answer.text();
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${text}`);
  return text ? JSON.parse(text) : undefined;
};

let chat;
let hook;
const deliver = async (id, text, from = "customer-1") => {
  const raw = JSON.stringify({ type: "message", id, from: { id: from, name: `Name of ${from}` }, text });
  const stamp = String(Math.floor(Date.now() / 1000));
  const mac = createHmac("sha256", hook.secret).update(`${stamp}.${raw}`).digest("hex");
  const answer = await fetch(`${base}/api/webhooks/api/${hook.key}`, {
    method: "POST",
    body: raw,
    headers: { "content-type": "application/json", "x-switchboard-timestamp": stamp, "x-switchboard-signature": `sha256=${mac}` },
  });
  expect(answer.ok, `delivery ${answer.status}`);
};

await story("the first page makes the first account and workspace", async () => {
  await page.goto(base);
  await page.waitForURL(/setup/);
  await page.getByLabel("Name", { exact: false }).first().fill("Alice Admin");
  await page.locator("input[type=email]").fill("alice@example.com");
  await page.locator("input[type=password]").first().fill(PASSWORD);
  await look("setup-1");
  await page.locator("form button[type=submit], form button:has-text('Continue')").first().click();
  await page.locator("input:visible").first().waitFor();
  await page.waitForTimeout(200);
  const name = page.getByLabel(/workspace|company|name/i).first();
  await name.fill("Test Studio");
  const empty = page.getByText(/start empty/i).first();
  if (await empty.count()) await empty.click();
  await look("setup-2");
  await page.locator("form button[type=submit]").last().click();
  await until("the session", async () => (await context.request.get(`${base}/api/v1/me`)).ok());
  await look("setup-3");
});

await story("the inbox opens, empty and in words", async () => {
  await page.goto(`${base}/inbox`);
  await page.getByText("All done. Nothing is waiting for you.").waitFor();
  await look("inbox-empty");
  chat = (await api("GET", "/channels")).data.find((c) => c.embed);
  const secret = "e2e-secret-e2e-secret-e2e-secret";
  hook = { secret, key: (await api("POST", "/channels", { provider: "api", name: "Orders", configuration: { secret } })).key };
});

const visitor = await (await browser.newContext()).newPage();
const inside = (selector) => visitor.locator("switchboard-chat").locator(selector);
await story("a visitor says hello on another site and it arrives on the screen by itself", async () => {
  site = `<!doctype html><meta charset=utf-8><title>Shop</title><h1>Shop</h1><script src="/widget.test.js" defer></script><switchboard-chat channel="${chat.key}" base-url="${base}"></switchboard-chat>`;
  await api("PATCH", `/channels/${chat.id}`, { configuration: { pre_chat: "off" } });
  await visitor.goto(`http://127.0.0.1:${shopPort}/`);
  await inside("button").first().click();
  await inside("textarea").fill("hello from the shop");
  await inside("textarea").press("Enter");
  await page.locator("[data-row]", { hasText: "hello from the shop" }).waitFor();
  await page.locator("[data-row]", { hasText: "hello from the shop" }).click();
  await page.getByRole("log").getByText("hello from the shop").waitFor();
});

await story("an agent answers by keyboard and the visitor has the answer", async () => {
  await page.locator("textarea").first().fill("Welcome, how can we help?");
  await page.locator("textarea").first().press("Control+Enter");
  await page
    .getByText(/Sending in \d+ s/)
    .first()
    .waitFor();
  await look("sending");
  await inside("text=Welcome, how can we help?").waitFor({ timeout: 30_000 });
  await until("read", async () => (await page.getByRole("log").locator("[title=Read], [title=Delivered]").count()) > 0);
  await look("answered");
});

await story("undo takes a reply back before it leaves, with its words", async () => {
  await page.locator("textarea").first().fill("this must not leave");
  await page.locator("textarea").first().press("Control+Enter");
  await page.getByRole("button", { name: "Undo" }).first().click();
  await until("the words back", async () => (await page.locator("textarea").first().inputValue()) === "this must not leave");
  await page.locator("textarea").first().fill("");
  expect((await inside("text=this must not leave").count()) === 0, "the visitor saw it");
});

await story("a note stays inside", async () => {
  await page.locator("body").press("Escape");
  await page
    .getByRole("tab", { name: /note/i })
    .or(page.getByRole("button", { name: /internal note/i }))
    .first()
    .click();
  await page.locator("textarea").first().fill("only for us");
  await page.locator("textarea").first().press("Control+Enter");
  await page.getByRole("log").getByText("only for us").waitFor();
  expect((await inside("text=only for us").count()) === 0, "the visitor saw a note");
});

await story("cut the connection, miss 500 events, come back: the screen is right without a reload", async () => {
  await deliver("before", "before the cut");
  await page.locator("[data-row]", { hasText: "before the cut" }).click();
  await page.getByRole("log").getByText("before the cut").waitFor();
  await page.evaluate(() => (window.stillHere = true));
  await context.setOffline(true);
  await page.getByText(/You're offline/).waitFor({ timeout: 60_000 });
  for (let n = 0; n < 260; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => deliver(`missed-${n + i}`, `missed number ${n + i}`, n + i < 250 ? "customer-1" : `late-${n + i}`)));
  const count = async () => (await (await context.request.get(`${base}/metrics`)).text()).match(/deliveries_played_total (\d+)/)?.[1];
  await until("intake", async () => Number(await count()) >= 262, 60_000).catch(() => {});
  await context.setOffline(false);
  await page.getByRole("log").getByText("missed number 249", { exact: true }).waitFor({ timeout: 60_000 });
  await page.locator("[data-row]", { hasText: "missed number 259" }).waitFor();
  const shown = await page
    .getByRole("log")
    .getByText(/^missed number \d+$/)
    .allTextContents();
  expect(new Set(shown).size === shown.length, "a message stands twice");
  expect(shown.length === 250, `${shown.length} of 250 missed messages are on the screen`);
  expect(await page.evaluate(() => window.stillHere === true), "the page was loaded anew");
  await look("after-the-cut");
});

await story("close, undo, search, palette and help by keyboard", async () => {
  await page.locator("[data-row]", { hasText: "missed number 259" }).click();
  await page.getByRole("log").getByText("missed number 259", { exact: true }).waitFor();
  await page.getByRole("log").focus();
  await page.keyboard.press("e");
  await until("closed", async () => (await page.locator("[data-row]", { hasText: "missed number 259" }).count()) === 0);
  await page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first().waitFor();
  await page.keyboard.press("z");
  await page.locator("[data-row]", { hasText: "missed number 259" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await look("help");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").locator("input").fill("hello from");
  await page.getByRole("dialog").getByText(/hello/).first().waitFor();
  await look("palette");
  await page.keyboard.press("Escape");
});

await story("closing goes on to the next row, with the focus", async () => {
  await page.goto(`${base}/inbox`);
  const rows = page.locator("[data-row]");
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-row"));
  for (const close of [() => page.keyboard.press("e"), () => page.getByRole("region", { name: "Conversation", exact: true }).getByRole("button", { name: "Close" }).click()]) {
    await rows.nth(3).waitFor();
    const closed = await rows.nth(2).getAttribute("data-row");
    await page.locator(`[data-row="${closed}"]`).click();
    await page.waitForURL(new RegExp(closed));
    await page.getByRole("log").focus();
    const order = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-row")));
    const next = order[order.indexOf(closed) + 1];
    await close();
    await until("the next row", async () => (await focused()) === next && page.url().includes(next));
    expect((await page.locator(`[data-row="${closed}"]`).count()) === 0, "the closed one stands in the list");
    await page.getByRole("button", { name: "Undo" }).first().waitFor();
    await page.keyboard.press("z");
    await page.locator(`[data-row="${closed}"]`).waitFor();
  }
  await page.keyboard.press("j");
  await until("the focus to go along", async () => page.url().includes((await focused()) ?? "nothing"));
});

await story("F6 goes round the panes and back", async () => {
  await page.getByRole("log").focus();
  const where = () => page.evaluate(() => [...document.querySelectorAll("nav,[data-pane],aside")].findIndex((pane) => pane.contains(document.activeElement)));
  const start = await where();
  const seen = [];
  do {
    await page.keyboard.press("F6");
    seen.push(await where());
  } while (seen.at(-1) !== start && seen.length < 9);
  expect(seen.at(-1) === start && seen.length === 5 && new Set(seen).size === 5 && !seen.includes(-1), `from ${start} through ${seen}`);
  await page.keyboard.press("Shift+F6");
  expect((await where()) === seen.at(-2), "not back");
  expect(await page.evaluate(() => document.activeElement?.hasAttribute("data-row")), "not on a row");
  await page.getByRole("log").focus();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("F6");
  expect(await page.evaluate(() => !!document.activeElement?.closest("[role=dialog]")), "F6 left the dialog");
  await page.keyboard.press("Escape");
});

const pages = [
  "/inbox",
  "/contacts",
  "/journal",
  "/settings/profile",
  "/settings/channels",
  "/settings/people",
  "/settings/channels/new",
  "/notifications",
  "/settings/notifications",
  "/settings/teams",
  "/settings/roles",
  "/scheduled",
  "/trash",
  "/settings/canned-replies",
  "/settings/macros",
  "/settings/blocked",
];
for (const [width, height] of [
  [1440, 900],
  [390, 844],
])
  for (const scheme of ["light", "dark"])
    await story(`axe finds nothing and nothing scrolls sideways at ${width}, ${scheme}`, async () => {
      const c = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, storageState: await context.storageState() });
      const p = await c.newPage();
      const bad = [];
      const first = (await api("GET", "/conversations")).data[0].id;
      for (const path of [...pages, `/inbox/${first}`]) {
        await p.goto(base + path);
        await p.waitForLoadState("networkidle").catch(() => {});
        await p.waitForTimeout(400);
        for (const v of await violations(p)) bad.push(`${path} ${v}`);
        if (await p.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) bad.push(`${path} scrolls sideways`);
        if (shots) await p.screenshot({ path: join(shots, `${width}-${scheme}-${path.replaceAll("/", "_").slice(0, 24)}.png`) });
      }
      await c.close();
      expect(bad.length === 0, bad.join("\n"));
    });

// A picture each way: the customer's from the panel of the channel, ours by the composer.
const drawn = (colour) =>
  page.evaluate(async (c) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 420 });
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 21; i++) {
      pen.fillStyle = `hsl(${c + i * 3} 65% ${35 + i * 2}%)`;
      pen.fillRect(0, i * 20, 640, 20);
    }
    const bytes = new Uint8Array(await (await new Promise((r) => canvas.toBlob(r, "image/jpeg", 0.9))).arrayBuffer());
    return [...bytes];
  }, colour);
const pictures = async (channel, conversation) => {
  const messages = async () => (await api("GET", `/conversations/${conversation.id}`)).messages;
  const held = (all, direction) => all.find((m) => m.direction === direction && m.attachments.some((a) => a.thumbnail_url));
  await page.goto(`${base}/settings/channels/${channel}`);
  await page.getByTestId("simulator-file").setInputFiles({ name: "shelf.jpg", mimeType: "image/jpeg", buffer: Buffer.from(await drawn(20)) });
  await page.getByText("shelf.jpg").first().waitFor();
  await page.getByRole("button", { name: "Write", exact: true }).click();
  const theirs = await until("the customer's picture", async () => held(await messages(), "inbound"));
  await page.goto(`${base}/inbox/${conversation.id}`);
  const shown = async (m) => {
    const img = page.getByRole("log").locator(`img[src*="${m.attachments.find((a) => a.thumbnail_url).id}"]`);
    await until("the picture on the screen", async () => {
      await img.first().evaluate((i) => i.scrollIntoView({ block: "center" }), undefined, { timeout: 2_000 });
      return img.first().evaluate((i) => i.complete && i.naturalWidth > 0, undefined, { timeout: 2_000 });
    });
  };
  await shown(theirs);
  await page
    .locator('input[type="file"]')
    .last()
    .setInputFiles({ name: "parcel.jpg", mimeType: "image/jpeg", buffer: Buffer.from(await drawn(200)) });
  await page.getByText("parcel.jpg").first().waitFor();
  await page.getByRole("textbox", { name: "Reply", exact: true }).click();
  await page.keyboard.type("Like this one.");
  // It can be pressed once the picture is here; pressed too early, it says so and is pressed again.
  const send = page.getByRole("button", { name: "Send", exact: true });
  await send.click();
  const ours = await until("our picture to have left", async () => {
    const m = held(await messages(), "outbound");
    if (!m) await send.click({ timeout: 1_000 });
    return m && ["sent", "delivered", "read"].includes(m.status) && m;
  }).catch(async (error) => {
    const last = (await messages()).filter((m) => m.direction === "outbound").map((m) => `${m.status} ${m.error ?? ""} ${m.attachments.length}`);
    throw new Error(`${error.message}: ${last.join(", ")}`);
  });
  await shown(ours);
};

// Each kind of channel, tried without an account as an administrator would try it.
const wanted = process.env.KINDS?.split(",");
const kinds = (await api("GET", "/channel-types")).data.filter((d) => d.capabilities.simulator && !d.capabilities.widget && (wanted?.includes(d.id) ?? true));
await api("PATCH", "/me", { preferences: { ...(await api("GET", "/me")).preferences, undo_seconds: 0 } });
for (const kind of kinds) {
  await story(`${kind.name}: connected, a message comes in, an answer goes out`, async () => {
    await page.goto(`${base}/settings/channels/new?type=${kind.id}`);
    await page.getByRole("button", { name: "Try it without an account" }).click();
    await page.waitForURL(/settings\/channels\/chn_/);
    const id = page.url().match(/chn_\w+/)[0];
    await page.getByLabel("What the customer writes").first().fill(`Hello ${kind.name}, is it in stock?`);
    await page.getByRole("button", { name: "Write", exact: true }).click();
    const mine = async () => (await api("GET", `/conversations?status=all&channel_id=${id}`)).data[0];
    const conversation = await until("the conversation", mine);
    await page.goto(`${base}/inbox/${conversation.id}`);
    await page.getByRole("log").getByText("is it in stock?").first().waitFor();
    const detail = await api("GET", `/conversations/${conversation.id}`);
    if (detail.policy.verdict === "refuse") {
      await page.getByText(detail.policy.reason.detail.slice(0, 40)).first().waitFor();
      return look(`channel-${kind.id}`);
    }
    const field = page.getByRole("textbox", { name: "Reply", exact: true });
    await field.click();
    await page.keyboard.type("Yes, it leaves today.");
    await page.keyboard.press("Control+Enter");
    const wanted = kind.capabilities.delivery_reports && kind.fields.some((f) => f.name === "base_url") ? ["delivered", "read"] : ["sent", "delivered", "read"];
    await until("the answer to have arrived", async () => {
      const { messages } = await api("GET", `/conversations/${conversation.id}`);
      return messages.some((m) => m.direction === "outbound" && wanted.includes(m.status));
    });
    // A mail's words are in a frame of their own.
    if (!kind.capabilities.subject) await page.getByRole("log").getByText("Yes, it leaves today.").first().waitFor();
    if (kind.capabilities.attachments) await pictures(id, conversation);
    await look(`channel-${kind.id}`);
  });
}

await story("a call is logged by hand and stands in the conversation for the team", async () => {
  await deliver("call-me-1", "Can somebody call me?", "caller-1");
  const conversation = await until("the conversation", async () => (await api("GET", "/conversations?status=all&text=somebody")).data[0]);
  await page.goto(`${base}/inbox/${conversation.id}`);
  await page.getByRole("log").getByText("Can somebody call me?").waitFor();
  await page.getByRole("button", { name: "More", exact: true }).first().click();
  await page.getByRole("menuitem", { name: "Log a call" }).click();
  await page.getByLabel("Direction").selectOption("outbound");
  await page.getByLabel(/^Duration/).fill("three minutes");
  await page.getByRole("button", { name: "Log call" }).click();
  await page.getByText("Write it like 3:12.").waitFor();
  await page.getByLabel(/^Duration/).fill("3:12");
  await page.getByLabel(/^Note/).fill("The parcel comes on Monday.");
  await page.getByRole("button", { name: "Log call" }).click();
  const card = page.getByRole("log").locator("article", { hasText: "Outgoing call" });
  await card.getByText("The parcel comes on Monday.").waitFor();
  await card.getByText("3m 12s", { exact: false }).waitFor();
  await card.getByText("Only your team sees this").waitFor();
  await look("call-logged");
});

await story("quick replies are put under an answer", async () => {
  const kinds = (await api("GET", "/channel-types")).data.filter((k) => k.capabilities.buttons > 0).map((k) => k.id);
  const channel = (await api("GET", "/channels")).data.find((c) => c.simulated && kinds.includes(c.provider));
  const conversation = (await api("GET", `/conversations?status=all&channel_id=${channel.id}`)).data[0];
  await page.goto(`${base}/inbox/${conversation.id}`);
  await page.getByRole("button", { name: "Add buttons" }).click();
  await page.getByLabel("Button 1", { exact: true }).fill("Yes, please");
  await page.getByRole("button", { name: "Another one" }).click();
  await page.getByLabel("Button 2", { exact: true }).fill("No, thanks");
  await look("quick-replies");
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await page.getByRole("textbox", { name: "Reply", exact: true }).click();
  await page.keyboard.type("Shall we keep it for you?");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("log").getByText("No, thanks").waitFor();
  await page.getByRole("button", { name: "Add buttons" }).waitFor();
});

look.of = (p, name) => (shots ? p.screenshot({ path: join(shots, `${name}.png`) }) : undefined);
await views({ story, page, base, api, deliver, until, expect, look, violations, browser, context });

await replies({ story, api, page, base, until, expect, look });
await words({ story, api, page, base, until, expect, look });
await story("what concerns me rings the bell, by itself, and leads to its place by keyboard", async () => {
  const invitation = (await api("POST", "/invitations", { role: "admin" })).url.split("/").pop();
  const joined = await fetch(`${base}/api/v1/invitations/by-token/${invitation}/accept`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Ilse Brandt", email: "ilse@example.com", password: PASSWORD }),
  });
  const ilse = (await joined.json()).access_token;
  const byIlse = async (path, body) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${ilse}` };
    const answer = await fetch(`${base}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.ok, `${path} ${answer.status}`);
  };
  const me = await api("GET", "/me");
  await api("POST", "/notifications/read-all", {});
  await page.goto(`${base}/contacts`);
  await page.getByRole("button", { name: "Notifications", exact: true }).waitFor();
  const conversation = (await api("GET", "/conversations?status=all")).data[0].id;
  await byIlse(`/conversations/${conversation}/notes`, { text: `@${me.account.name} what do we say to this?` });
  const bell = page.getByRole("button", { name: "Notifications, 1 unread" });
  await bell.waitFor();
  await bell.click();
  const row = page.getByRole("dialog").getByRole("link", { name: /Ilse Brandt mentioned you/ });
  await row.waitFor();
  await look("bell");
  await until("the focus on the first line", async () => row.evaluate((link) => link === document.activeElement));
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(conversation));
  await page.getByRole("button", { name: "Notifications", exact: true }).waitFor();
  // What is in front of me anyway does not stay unread.
  await byIlse(`/conversations/${conversation}/notes`, { text: `@${me.account.name} seen?` });
  await page.getByRole("log").getByText("seen?").waitFor();
  await until("it to be read", async () => (await api("GET", "/notifications/count")).unread === 0);

  await page.goto(`${base}/contacts`);
  const broken = (await api("GET", "/channels")).data.find((c) => c.simulated && c.status === "active" && c.provider === "telegram");
  await api("PUT", `/channels/${broken.id}/simulator`, { fault: "expired_token" });
  await api("POST", `/channels/${broken.id}/check`, {});
  await page.getByRole("button", { name: "Notifications, 1 unread" }).waitFor();
  await page.locator("body").press("g");
  await page.locator("body").press("n");
  await page.waitForURL(/\/notifications/);
  await page
    .getByRole("link", { name: /stopped working/ })
    .first()
    .click();
  await page.waitForURL(new RegExp(`settings/channels/${broken.id}`));
  await api("PUT", `/channels/${broken.id}/simulator`, { fault: null });
  await api("POST", `/channels/${broken.id}/check`, {});
  await page.goto(`${base}/notifications`);
  await page
    .getByText(/works again/)
    .first()
    .waitFor();
  await look("notifications");
  const bad = await violations(page);
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await page.getByRole("button", { name: "Notifications", exact: true }).waitFor();
  expect(bad.length === 0, bad.join("\n"));
});

await story("what I am told of and how is mine to say, and stays said", async () => {
  await page.goto(`${base}/settings/notifications`);
  await page.getByText(/SWITCHBOARD_MAIL_HOST/).waitFor();
  const push = page.getByRole("switch", { name: "A customer replies in a conversation of mine: Push" });
  expect((await push.getAttribute("aria-checked")) === "true", "it is on before anybody says otherwise");
  await push.click();
  await page.getByRole("switch", { name: /No email and no push/ }).click();
  await page.getByLabel("From").fill("21:30");
  await page.getByLabel("To", { exact: true }).focus();
  const stored = await until("it to be stored", async () => {
    const now = await api("GET", "/notifications/settings");
    return now.quiet.from === "21:30" && now;
  });
  const said = JSON.stringify(stored);
  await page.reload();
  await page.getByLabel("From").waitFor();
  expect((await push.getAttribute("aria-checked")) === "false" && (await page.getByLabel("From").inputValue()) === "21:30", "not as it was left");
  expect((await page.getByRole("switch", { name: /No email and no push/ }).getAttribute("aria-checked")) === "true", "the quiet hours are off again");
  expect(JSON.stringify(await api("GET", "/notifications/settings")) === said, "looking at the page has changed it");
  const bad = await violations(page);
  await look("settings-notifications");
  expect(bad.length === 0, bad.join("\n"));
});

await story("a push shows what it says while nobody looks, and leads there", async () => {
  const c = await browser.newContext({ storageState: await context.storageState(), permissions: ["notifications"] });
  const p = await c.newPage();
  await p.goto(`${base}/notifications`);
  await p.getByRole("heading", { name: "Notifications" }).first().waitFor();
  await p.evaluate(() => navigator.serviceWorker.register("/push.js").then(() => navigator.serviceWorker.ready));
  const line = await c.newCDPSession(p);
  const registration = new Promise((done) => line.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && done(registrations[0].registrationId)));
  await line.send("ServiceWorker.enable");
  const push = async (said) => line.send("ServiceWorker.deliverPushMessage", { origin: base, registrationId: await registration, data: JSON.stringify(said) });
  await push({ title: "Notifications work in this browser", body: "You will hear from us here.", path: "/contacts", tag: "test" });
  const shown = () => p.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => [n.title, n.body, n.tag, n.data.path]));
  const [first] = await until("it to be shown", async () => {
    const all = await shown();
    return all.length > 0 && all;
  });
  expect(first.join("|") === "Notifications work in this browser|You will hear from us here.|test|/contacts", first.join("|"));
  // Who looks at the product sees its bell, and is shown nothing beside it.
  await p.bringToFront();
  await push({ title: "Wanda wrote", body: "Hello", path: "/inbox", tag: "c1" });
  // A click on it, as the browser tells the worker of one.
  const worker = c.serviceWorkers().find((w) => w.url().endsWith("/push.js"));
  await worker.evaluate(async () => {
    const [notification] = await self.registration.getNotifications({ tag: "test" });
    self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
  });
  await p.waitForURL(/\/contacts$/);
  const left = await shown();
  expect(!left.some(([, , tag]) => tag === "test"), "it stays after it was pressed");
  await c.close();
});

await story("a mailbox is connected by its provider, and what does not work is said step by step", async () => {
  await page.goto(`${base}/settings/channels/new?type=smtp`);
  await page.getByRole("button", { name: "I have it" }).click();
  const field = (name) => page.getByLabel(name, { exact: false }).first();
  const seen = async (name) => (await page.getByLabel(name, { exact: false }).count()) > 0 && (await page.getByLabel(name, { exact: false }).first().isVisible());
  expect(!(await seen("Incoming server")), "nothing is asked about a mailbox before one is chosen");
  await field("Mail provider").selectOption({ label: "Gmail or Google Workspace" });
  await page.getByText("Google wants an app password").first().waitFor();
  expect(await seen("Mailbox password"), "the password is asked for");
  expect(!(await seen("Incoming server")), "what the provider settles is folded away");
  await page.getByRole("button", { name: "Advanced" }).click();
  expect((await field("Incoming server").inputValue()) === "imap.gmail.com", "its server is filled in");
  await look("mail-form-gmail");
  await field("Mail provider").selectOption({ label: "Microsoft 365 or Outlook.com" });
  expect((await field("Incoming server").inputValue()) === "outlook.office365.com", "another provider, another server");
  expect((await seen("Client ID")) && !(await seen("Mailbox password")), "no password where none is taken");
  await field("Mail provider").selectOption({ label: "Another provider, or a server of your own" });
  expect((await field("Incoming server").inputValue()) === "", "what the last provider filled in is gone");
  await field("Address").fill("help@own.example");
  await field("Incoming server").fill("127.0.0.1");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("Mailbox password is needed.").waitFor();
  await field("Mailbox password").fill("secret");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  const steps = page.getByRole("list", { name: "Result of the test" });
  await steps.getByText("Incoming server").waitFor();
  await steps.getByText("must not reach").waitFor();
  await steps.getByText("No outgoing mail server is set").waitFor();
  await look("mail-check");
  const channel = (await api("GET", "/channels")).data.find((c) => c.account_identifier === "help@own.example");
  await api("DELETE", `/channels/${channel.id}`);
});

await story("a program written for another product finds its address and account below the tokens, and works with them", async () => {
  await page.goto(`${base}/settings/tokens`);
  const address = page.getByLabel("Address", { exact: true });
  const account = page.getByLabel("Account ID", { exact: true });
  await address.waitFor();
  await address.scrollIntoViewIfNeeded();
  await look("tokens-programs");
  const made = await api("POST", "/tokens", { name: "bot" });
  const path = new URL(await address.inputValue()).pathname;
  const asked = await fetch(`${base}${path}/api/v1/accounts/${await account.inputValue()}/conversations?status=all`, {
    headers: { api_access_token: made.token },
  });
  const open = (await asked.json()).data;
  expect(asked.status === 200 && open.meta.all_count >= open.payload.length && open.payload.length > 0, JSON.stringify(open.meta));
  await api("DELETE", `/tokens/${made.id}`);
});

await hours({ story, api, page, base, until, expect, look, violations });
await attributes({ story, api, page, base, until, expect, look, violations });
await access({ story, api, browser, page, base, until, expect, look, violations, deliver, PASSWORD, ssoPort });
await shift({ story, api, browser, page, base, until, expect, look, violations, deliver, PASSWORD });
await languages({ story, api, browser, context, page, base, until, expect, look, violations, deliver });
await keyboard({ story, api, page, base, until, expect, look, violations, deliver });
await reach({ story, page, api, base, expect });
await system({ story, api, page, base, until, expect, look, violations });
await webhooks({ story, api, page, base, until, expect, look, violations });
await inspector({ story, api, page, base, until, expect, look, violations });
await mail({ story, binary, browser, freePort, until, expect, shots, PASSWORD });
await late({ story, api, page, base, until, expect, look, violations });
await settings({ story, api, page, base, until, expect, look, violations });
await replay({ story, binary, browser, freePort, until, expect });
await story("nothing went wrong in the page", async () => expect(faults.length === 0, faults.slice(0, 5).join("\n")));

await browser.close();
shop.close();
server.kill("SIGTERM");
await new Promise((r) => server.once("exit", r));
rmSync(data, { recursive: true, force: true });
rmSync(`${data}-backups`, { recursive: true, force: true });
if (failed) console.log(log.slice(-2000));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
