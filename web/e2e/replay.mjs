// Every act of the API is done by somebody else while a screen lies open. What the screen knows by then from its events alone has to be what
// it would be given if it asked anew. Which acts there are is read from the API's own description, so a new one without a case fails.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Acts on one's own account, on what is set up once, or on another program; no open screen of the inbox shows what they change. What is done to
 * the workspace as a whole (`archives`: exporting it, deleting it) would make it stand still under all that comes after; `ops.mjs` has that. */
const ELSEWHERE = new Set([
  "archives",
  "auth",
  "channels",
  "files",
  "hours",
  "invitations",
  "journal",
  "mail-domains",
  "me",
  "notifications",
  "setup",
  "system",
  "tokens",
  "webhooks",
]);
const MEANS = ["post", "put", "patch", "delete"];

/** All that changes something, as `POST /contacts`. */
export function acts() {
  const description = JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8"));
  return Object.entries(description.paths).flatMap(([path, means]) =>
    Object.entries(means)
      .filter(([mean, act]) => MEANS.includes(mean) && !ELSEWHERE.has(act.tags[0]))
      .map(([mean]) => `${mean.toUpperCase()} ${path}`),
  );
}

const later = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
const text = "That is right, the second box.";
const mail = (w) => [{ address: `${w.stamp}@example.com`, name: "Somebody Else" }];

/** One after the other; each finds what it needs in `w` and leaves there what comes after it. */
const CASES = {
  "POST /conversations/{id}/assign": (w) => w.post(`/conversations/${w.c}/assign`, { assignee_id: w.other }),
  "POST /conversations/{id}/unassign": (w) => w.post(`/conversations/${w.c}/unassign`),
  "PATCH /conversations/{id}": (w) => w.patch(`/conversations/${w.c}`, { priority: "urgent", subject: "Another subject" }),
  "PUT /conversations/{id}": (w) => w.put(`/conversations/${w.c}`, { priority: "low" }),
  "POST /conversations/{id}/tags": (w) => w.post(`/conversations/${w.c}/tags`, { tags: ["replayed", "VIP"] }),
  "DELETE /conversations/{id}/tags": (w) => w.delete(`/conversations/${w.c}/tags`, { tags: ["replayed"] }),
  "PATCH /tags/{id}": async (w) => w.patch(`/tags/${(await w.get("/tags")).data.at(-1).id}`, { hue: 90 }),
  "POST /conversations/{id}/mark-read": async (w) => {
    await w.post(`/conversations/${w.c}/mark-read`, { read: false });
    await w.post(`/conversations/${w.d}/mark-read`, { read: true });
  },
  "PATCH /conversations/{id}/status": async (w) => {
    await w.patch(`/conversations/${w.c}/status`, { status: "pending" });
    await w.patch(`/conversations/${w.d}/status`, { status: "snoozed", snoozed_until: later(2) });
  },
  "POST /conversations/{id}/followers": (w) => w.post(`/conversations/${w.c}/followers`, { member_id: w.other }),
  "DELETE /conversations/{id}/followers/{member_id}": (w) => w.delete(`/conversations/${w.c}/followers/${w.other}`),
  "POST /conversations/{id}/notes": async (w) => (w.note = await w.post(`/conversations/${w.c}/notes`, { text: "A note" })),
  "PATCH /messages/{id}": (w) => w.patch(`/messages/${w.note.id}`, { text: "A better note" }),
  "POST /messages/{id}/pin": (w) => w.post(`/messages/${w.note.id}/pin`),
  "DELETE /messages/{id}/pin": (w) => w.delete(`/messages/${w.note.id}/pin`),
  "DELETE /messages/{id}": (w) => w.delete(`/messages/${w.note.id}`),
  "PUT /conversations/{id}/draft": (w) => w.put(`/conversations/${w.c}/draft`, { text: "Half of a" }),
  "DELETE /conversations/{id}/draft": (w) => w.delete(`/conversations/${w.c}/draft`),
  "POST /conversations/{id}/messages": async (w) => {
    w.sent = await w.post(`/conversations/${w.c}/messages`, { text, undo_seconds: 30 });
    w.planned = await w.post(`/conversations/${w.c}/messages`, { text: "Later.", send_at: later(3) });
  },
  "POST /messages/{id}/cancel": (w) => w.post(`/messages/${w.sent.id}/cancel`),
  "PATCH /messages/{id}/schedule": (w) => w.patch(`/messages/${w.planned.id}/schedule`, { send_at: later(4), text: "Later still." }),
  "POST /messages/{id}/send-now": (w) => w.post(`/messages/${w.planned.id}/send-now`),
  "POST /messages/{id}/reactions": (w) => w.may(() => w.post(`/messages/${w.inbound}/reactions`, { emoji: "👍" })),
  "POST /messages/{id}/take-back": (w) => w.may(() => w.post(`/messages/${w.planned.id}/take-back`)),
  "POST /messages/{id}/retry": (w) => w.may(() => w.post(`/messages/${w.planned.id}/retry`)),
  "POST /messages/{id}/fetch-files": (w) => w.may(() => w.post(`/messages/${w.inbound}/fetch-files`)),
  "POST /conversations/{id}/typing": (w) => w.post(`/conversations/${w.c}/typing`, { typing: false }),
  "POST /conversations/{id}/forward": (w) => w.post(`/conversations/${w.c}/forward`, { to: mail(w), text, undo_seconds: 30 }),
  "POST /conversations/{id}/transcript": (w) => w.post(`/conversations/${w.c}/transcript`, { to: mail(w), text, undo_seconds: 30 }),
  "POST /conversations": async (w) => (w.begun = await w.post("/conversations", { channel_id: w.channel, to: mail(w), subject: "About the fair", text, undo_seconds: 30 })),
  "POST /conversations/count": (w) => w.post("/conversations/count", { filter: { field: "status", op: "is", value: "open" } }),
  "POST /conversations/search": (w) => w.post("/conversations/search", { filter: { field: "status", op: "is", value: "open" } }),
  "POST /conversations/{id}/split": async (w) => {
    const { messages } = await w.get(`/conversations/${w.e}`);
    const [one] = messages.filter((m) => m.direction === "inbound" && !m.is_note).slice(-1);
    w.split = await w.post(`/conversations/${w.e}/split`, { message_ids: [one.id], subject: "Split off" });
  },
  "POST /conversations/{id}/move-messages": async (w) => {
    const { messages } = await w.get(`/conversations/${w.e}`);
    const one = messages.filter((m) => !m.is_note && !m.is_deleted).at(-1);
    await w.may(async () => {
      w.moved = await w.post(`/conversations/${w.e}/move-messages`, { message_ids: [one.id], to: w.idOf(w.split) });
    });
  },
  "POST /message-moves/{id}/undo": async (w) => {
    if (w.moved) await w.post(`/message-moves/${w.moved.move.id}/undo`);
  },
  "POST /conversations/{id}/merge": async (w) => (w.merged = await w.post(`/conversations/${w.e}/merge`, { from: [w.idOf(w.split)] })),
  "POST /merges/{id}/undo": async (w) => {
    const merge = w.merged.merge_id ?? w.merged.merges?.[0]?.id ?? (await w.get(`/conversations/${w.e}`)).merges?.[0]?.id;
    await w.post(`/merges/${merge}/undo`);
  },
  "DELETE /conversations/{id}": (w) => w.delete(`/conversations/${w.d}`),
  "POST /conversations/{id}/restore": (w) => w.post(`/conversations/${w.d}/restore`),
  "DELETE /trash/{id}": async (w) => {
    await w.delete(`/conversations/${w.f}`);
    await w.delete(`/trash/${w.f}`);
  },
  "POST /bulk": async (w) => (w.bulk = await w.done(await w.post("/bulk", { act: { do: "add_tags", tags: ["many"] }, ids: [w.c, w.d, w.e] }))),
  "POST /bulk/{id}/undo": async (w) => w.done(await w.post(`/bulk/${w.bulk.id}/undo`, {})),
  "POST /views": async (w) => (w.view = await w.post("/views", { name: "Replayed", filter: { field: "priority", op: "is", value: "urgent" } })),
  "PATCH /views/{id}": (w) => w.patch(`/views/${w.view.id}`, { name: "Replayed again", hue: 30 }),
  // One's own order, which is told to nobody: the list of views is asked for anew after it.
  "PUT /views/order": async (w) => {
    await w.put("/views/order", { ids: (await w.get("/views")).data.map((v) => v.id).reverse() });
    await w.patch(`/views/${w.view.id}`, { hue: 40 });
  },
  "POST /views/counts": (w) => w.post("/views/counts", { filters: { it: { field: "status", op: "is", value: "open" } } }),
  "DELETE /views/{id}": (w) => w.delete(`/views/${w.view.id}`),
  "POST /teams": async (w) => (w.team = await w.post("/teams", { name: `Replay ${w.stamp}`, member_ids: [w.other] })),
  "PATCH /teams/{id}": async (w) => {
    await w.patch(`/teams/${w.team.id}`, { name: `Replay team ${w.stamp}`, hue: 60 });
    await w.post(`/conversations/${w.c}/assign`, { team_id: w.team.id });
  },
  "DELETE /teams/{id}": (w) => w.delete(`/teams/${w.team.id}`),
  "POST /attribute-definitions": async (w) => (w.attribute = await w.post("/attribute-definitions", { applies_to: "conversation", kind: "text", name: "Shelf" })),
  "PATCH /attribute-definitions/{id}": async (w) => {
    await w.patch(`/attribute-definitions/${w.attribute.id}`, { name: "Shelf number" });
    await w.patch(`/conversations/${w.c}`, { custom_attributes: { [w.attribute.key]: "B4" } });
  },
  "DELETE /attribute-definitions/{id}": (w) => w.delete(`/attribute-definitions/${w.attribute.id}`),
  "POST /sub-statuses": async (w) => (w.sub = await w.post("/sub-statuses", { name: `With the ${w.stamp}`, status: "pending" })),
  "PATCH /sub-statuses/{id}": async (w) => {
    await w.patch(`/conversations/${w.c}/status`, { status: "pending", sub_status_id: w.sub.id });
    await w.patch(`/sub-statuses/${w.sub.id}`, { name: `With the other ${w.stamp}`, hue: 200 });
  },
  "DELETE /sub-statuses/{id}": (w) => w.may(() => w.delete(`/sub-statuses/${w.sub.id}`)),
  "POST /canned-replies": async (w) => (w.canned = await w.post("/canned-replies", { title: `Thanks ${w.stamp}`, text: "Thank you", folder: "Replay" })),
  "PATCH /canned-replies/{id}": (w) => w.patch(`/canned-replies/${w.canned.id}`, { text: "Thank you very much" }),
  "POST /canned-replies/{id}/use": (w) => w.post(`/canned-replies/${w.canned.id}/use`, { conversation_id: w.c }),
  "PATCH /canned-replies/folders": (w) => w.patch("/canned-replies/folders", { from: "Replay", to: "Replayed" }),
  "DELETE /canned-replies/{id}": (w) => w.delete(`/canned-replies/${w.canned.id}`),
  "POST /macros": async (w) => (w.macro = await w.post("/macros", { name: `Replay ${w.stamp}`, actions: { add_tags: ["by a macro"], note: "Done by a macro" } })),
  "PATCH /macros/{id}": (w) => w.patch(`/macros/${w.macro.id}`, { name: `Replayed ${w.stamp}` }),
  "POST /conversations/{id}/macros/{macro_id}/run": async (w) => (w.run = await w.post(`/conversations/${w.c}/macros/${w.macro.id}/run`, {})),
  "POST /macro-runs/{id}/undo": (w) => w.post(`/macro-runs/${w.run.id}/undo`, {}),
  "DELETE /macros/{id}": (w) => w.delete(`/macros/${w.macro.id}`),
  "PATCH /contacts/{id}": (w) => w.patch(`/contacts/${w.contact}`, { name: `Replay ${w.stamp}`, company_name: "Replay Ltd" }),
  "POST /contacts": async (w) => (w.person = await w.post("/contacts", { name: "Replay Person", emails: [`p-${w.stamp}@example.com`] })),
  "POST /contacts/{id}/handles": async (w) => (w.handled = await w.post(`/contacts/${w.person.id}/handles`, { kind: "phone", value: "+493012345678" })),
  "DELETE /contacts/{id}/handles/{handle_id}": async (w) => {
    const { handles } = await w.get(`/contacts/${w.person.id}`);
    await w.delete(`/contacts/${w.person.id}/handles/${handles.find((h) => h.kind === "phone").id}`);
  },
  "POST /contacts/{id}/reviewed": (w) => w.may(() => w.post(`/contacts/${w.person.id}/reviewed`)),
  "POST /contacts/{id}/block": (w) => w.post(`/contacts/${w.contact}/block`, { keep_conversations: true }),
  "DELETE /contacts/{id}/block": (w) => w.delete(`/contacts/${w.contact}/block`),
  "POST /blocks": async (w) => (w.block = await w.post("/blocks", { kind: "email", value: `noise-${w.stamp}@example.com` })),
  "DELETE /blocks/{id}": async (w) => w.delete(`/blocks/${w.block.id ?? (await w.get("/blocks")).data[0].id}`),
  "POST /contacts/{id}/join": (w) => w.post(`/contacts/${w.person.id}/join`, { into: w.contact }),
  "DELETE /contacts/{id}/join": (w) => w.delete(`/contacts/${w.person.id}/join`),
  "DELETE /contacts/{id}": (w) => w.delete(`/contacts/${w.person.id}`),
  "POST /calls": (w) => w.post("/calls", { contact_id: w.contact, direction: "outbound", outcome: "answered", seconds: 60, conversation_id: w.c }),
  "POST /channels/{id}/calls/import": (w) => w.may(() => w.post(`/channels/${w.channel}/calls/import`, { text: "", dry_run: true })),
  "POST /sending/stop": (w) => w.post("/sending/stop", { reason: "Replay" }),
  "POST /sending/resume": (w) => w.post("/sending/resume", { waiting: "send" }),
  "POST /roles": async (w) => (w.role = await w.post("/roles", { name: `Replay ${w.stamp}`, permissions: ["conversations.read"] })),
  "PATCH /roles/{id}": (w) => w.patch(`/roles/${w.role.id}`, { name: `Replayed ${w.stamp}` }),
  "DELETE /roles/{id}": (w) => w.delete(`/roles/${w.role.id}`),
  "PATCH /members/{id}": (w) => w.patch(`/members/${w.other}`, { capacity: 9 }),
  "POST /members/{id}/password-reset": (w) => w.post(`/members/${w.other}/password-reset`),
  "PATCH /workspace": (w) => w.patch("/workspace", { name: "Northwind replayed" }),
  "PUT /workspace/sso": (w) => w.may(() => w.put("/workspace/sso", { client_id: "x", enforced: false, issuer: "https://id.example", map_by_email: false, name: "Id" })),
  "DELETE /workspace/sso": (w) => w.may(() => w.delete("/workspace/sso")),
  "DELETE /workspace/sample-data": (w) => w.delete("/workspace/sample-data"),
};

/** In the page: what is known there, and what would be given anew; gives where they differ. */
const differences = async () => {
  const root = document.getElementById("root");
  let fiber = root[Object.keys(root).find((k) => k.startsWith("__reactContainer$"))];
  while (fiber && !fiber.memoizedProps?.client?.getQueryCache) fiber = fiber.child;
  const client = fiber.memoizedProps.client;
  // Signed addresses, tokens and cursors are new each time; who is online is told apart from everything else, by presence.
  const passing = new Set(["cursor", "messages_cursor", "url", "thumbnail_url", "csrf_token", "online"]);
  // Figures of channels and statuses, and one's own draft and preferences: asked for whenever their page or the composer opens.
  const figures = new Set(["last_inbound_at", "last_outbound_at", "last_sync_at", "open_count", "conversation_count", "draft", "preferences"]);
  const plain = (value) => JSON.stringify(value, (key, v) => (passing.has(key) || figures.has(key) ? undefined : sorted(v)));
  const sorted = (v) => (v && typeof v === "object" && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v);
  const off = [];
  for (const q of client.getQueryCache().getAll()) {
    const { data, isInvalidated, fetchStatus, status } = q.state;
    // What is marked is asked for anew as soon as somebody looks at it.
    if (data === undefined || !q.options.queryFn) continue;
    // The checklist of the first day asks for itself.
    if (q.queryKey[0] === "checklist-chat") continue;
    if (isInvalidated && q.getObserversCount() === 0) continue;
    const infinite = Array.isArray(data.pages);
    let fresh;
    try {
      fresh = await q.options.queryFn({ queryKey: q.queryKey, pageParam: null, signal: new AbortController().signal, client, meta: undefined });
    } catch (error) {
      if (status === "error") continue;
      // What is gone is nothing that anybody looks at.
      if (q.getObserversCount() === 0) continue;
      off.push(`${JSON.stringify(q.queryKey)}: ${error.message}`);
      continue;
    }
    const known = infinite ? data.pages[0] : q.state.data;
    const [a, b] = infinite ? [plain(known.data), plain(fresh.data)] : [plain(known), plain(fresh)];
    if (a === b) continue;
    let at = 0;
    while (a[at] === b[at]) at++;
    off.push(`${JSON.stringify(q.queryKey)} ${fetchStatus}: knows …${a.slice(Math.max(0, at - 60), at + 60)}… is …${b.slice(Math.max(0, at - 60), at + 60)}…`);
  }
  return off;
};

export async function replay({ story, binary, browser, freePort, until, expect }) {
  const data = mkdtempSync(join(tmpdir(), "switchboard-replay-"));
  const port = await freePort();
  const base = process.env.REPLAY_URL ?? `http://127.0.0.1:${port}`;
  const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith("SWITCHBOARD_")));
  const server = spawn(binary, ["demo", "--data", join(data, "demo"), "--listen", `127.0.0.1:${process.env.REPLAY_PORT ?? port}`, "--smtp-listen", "off"], {
    stdio: "ignore",
    env,
  });
  try {
    await story("every act of the API has its case here", async () => {
      const all = acts();
      const without = all.filter((name) => !CASES[name]);
      const gone = Object.keys(CASES).filter((name) => !all.includes(name));
      expect(!without.length && !gone.length, `no case for ${without.join(", ") || "none"}; no act for ${gone.join(", ") || "none"}`);
    });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const credentials = { email: "mara@northwind.example", password: "northwind-demo-1" };
    await until("the server with sample data", async () => (await context.request.post(`${base}/api/v1/auth/sign-in`, { data: credentials })).ok(), 120_000);
    // A session of its own: this is somebody else.
    const program = await browser.newContext();
    const { access_token: token } = await (await program.request.post(`${base}/api/v1/auth/sign-in`, { data: credentials })).json();
    const ask = (method) => async (path, body) => {
      const answer = await fetch(`${base}/api/v1${path}`, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      });
      const said = await answer.text();
      if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${said}`), { status: answer.status });
      return said ? JSON.parse(said) : undefined;
    };
    const w = { get: ask("GET"), post: ask("POST"), put: ask("PUT"), patch: ask("PATCH"), delete: ask("DELETE"), stamp: `r${Date.now().toString(36)}` };
    /** What may rightly be refused here; refused or not, nothing may be wrong on the screen. */
    w.may = (act) => act().catch((e) => (e.status < 500 ? undefined : Promise.reject(e)));
    w.idOf = (made) => made.conversation?.id ?? made.id;
    w.done = (bulk) => until("the bulk act", async () => ((b) => ["done", "undone"].includes(b.state) && b)(await w.get(`/bulk/${bulk.id}`)));
    // The sample data comes in like any other messages.
    let before = 0;
    const { data: open } = await until("all of the sample data", async () => {
      const list = await w.get("/conversations?status=open&limit=50");
      const same = list.data.length > 8 && list.data.length === before;
      before = list.data.length;
      await new Promise((r) => setTimeout(r, 500));
      return same && list;
    });
    const { data: members } = await w.get("/members?limit=50");
    const { data: channels } = await w.get("/channels");
    const mails = channels.filter((c) => c.channel === "email" && c.status === "active");
    w.channel = (mails[0] ?? channels[0]).id;
    const byMail = open.filter((c) => c.channel === "email");
    const others = open.filter((c) => !byMail.slice(0, 2).includes(c));
    w.c = byMail[0].id;
    w.contact = byMail[0].contact.id;
    w.e = (byMail.find((c) => c.id !== w.c && c.message_count > 2) ?? others[2]).id;
    [w.d, w.f] = others.filter((c) => c.id !== w.e).map((c) => c.id);
    w.other = members.find((m) => m.email !== credentials.email && m.active).id;
    const detail = await w.get(`/conversations/${w.c}`);
    w.inbound = detail.messages.find((m) => m.direction === "inbound").id;

    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (e) => faults.push(e.message));
    await page.goto(`${base}/inbox?status=all`);
    await page.locator("[data-row]").first().waitFor();
    const go = async (path) => {
      await page.evaluate((to) => (history.pushState({}, "", to), dispatchEvent(new PopStateEvent("popstate"))), path);
      await page.waitForTimeout(400);
    };
    // What somebody has seen in a morning, last what is looked at now.
    for (const path of [
      "/contacts",
      `/contacts/${w.contact}`,
      "/inbox",
      "/inbox?assignee=none",
      "/inbox/scheduled",
      "/inbox/trash",
      `/inbox/${w.d}?status=all`,
      `/inbox/${w.e}?status=all`,
      `/inbox/${w.c}?status=all`,
    ])
      await go(path);
    await page.getByRole("log").waitFor();
    await until("nothing off before anything is done", async () => (await page.evaluate(differences)).length === 0, 10_000).catch(async () => {
      throw new Error(`before anything was done: ${(await page.evaluate(differences)).join("\n")}`);
    });

    for (const [name, act] of Object.entries(CASES))
      await story(`a screen follows ${name}`, async () => {
        await act(w);
        let off = [];
        const same = async () => {
          off = await page.evaluate(differences);
          return off.length === 0;
        };
        await until("the screen", same, Number(process.env.REPLAY_MS ?? 8_000)).catch(() => expect(false, off.join("\n")));
        expect(!faults.length, faults.join("\n"));
      });
    await context.close();
    await program.close();
  } finally {
    server.kill();
    rmSync(data, { recursive: true, force: true });
  }
}
