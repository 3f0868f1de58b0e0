import type { Client } from "./client";
import { button, h, icons, type Row, reconcile } from "./dom";
import type { Pending } from "./outbox";
import { pieces, sizeText } from "./text";
import type { Config, WFile, WMessage } from "./types";
import type { Voice } from "./words";

const GROUP_MS = 5 * 60_000;
/** What is said of a message by how far it got; of all else that it was sent. */
const SAID = { waiting: "sending", failed: "notSent", refused: "refused", read: "read", delivered: "delivered" } as const;

/** What was said: the rows of the log, by day and by speaker. */
export function thread(voice: Voice, older: () => void, write: () => void) {
  const list = h("div", { className: "l", role: "log", "aria-live": "polite", tabIndex: 0 });
  const known = new Map<string, { sig: string; el: HTMLElement }>();
  // Whether the end stays in sight when something comes.
  let stick = true;
  list.onscroll = () => {
    stick = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    if (list.scrollTop < 60) older();
  };

  function bottom(): void {
    list.scrollTop = list.scrollHeight;
  }

  /** From here on the newest is in sight. */
  function follow(): void {
    stick = true;
    bottom();
  }

  function clear(): void {
    known.clear();
    list.replaceChildren();
    list.ariaLabel = voice.say("log");
  }

  function draw(config: Config, client: Client): void {
    const rows: Row[] = [];
    const time = new Intl.DateTimeFormat(region(), { timeStyle: "short" });
    if (client.loadingOlder) rows.push({ key: "older", sig: "", make: () => h("div", { className: "d" }, voice.say("older")) });
    if (config.greeting && !client.older) {
      rows.push({ key: "greeting", sig: config.name + config.greeting, make: () => h("div", { className: "g end" }, ...author(config.name), bubble(config.greeting)) });
    }
    const said = client.log.all();
    const waiting = client.outbox.all().filter((p) => !client.log.knows(p.echo_id));
    const lastOwn = waiting.length ? undefined : said.findLast((m) => m.from !== "system");
    const lastRead = said.findLast((m) => m.from === "visitor" && m.status === "read");
    let day = "";
    let before: { who: string; at: number } | null = null;
    const all: (WMessage | Pending)[] = [...said, ...waiting];
    all.forEach((m, i) => {
      const date = new Date(m.at);
      const thisDay = date.toDateString();
      if (thisDay !== day) {
        day = thisDay;
        before = null;
        const text = dayText(date);
        rows.push({ key: `day:${thisDay}`, sig: text, make: () => h("div", { className: "d" }, text) });
      }
      const pending = "state" in m ? m : null;
      const message = "state" in m ? null : m;
      if (message?.from === "system") {
        before = null;
        rows.push({ key: message.id, sig: message.text, make: () => h("div", { className: "s" }, message.text) });
        return;
      }
      const mine = !message || message.from === "visitor";
      const who = mine ? "me" : (message?.author_name ?? "");
      const starts: boolean = !before || before.who !== who || date.getTime() - before.at > GROUP_MS;
      const next = all[i + 1];
      const nextMine = next && ("state" in next || next.from === "visitor");
      const ends = !next || !!nextMine !== mine || ("from" in next && next.from === "system");
      before = { who, at: date.getTime() };
      const state = pending ? pending.state : message === lastRead ? "read" : message === lastOwn && mine ? (message?.status ?? "") : "";
      rows.push({
        // A message keeps its row when the server confirms it.
        key: (pending ? pending.echo_id : message?.echo_id) ?? (m as WMessage).id,
        sig: [m.text, state, starts, ends, m.files.map((f) => f.url).join(), message?.author_name].join("\u0001"),
        make: () => {
          const box = h("div", { className: `g${mine ? " me" : ""}${ends ? " end" : ""}` });
          if (starts)
            box.append(
              ...(mine
                ? [h("div", { className: "by" }, h("span", { className: "sr" }, `${voice.say("you")} `), time.format(date))]
                : author(who || config.name, time.format(date))),
            );
          if (m.text) box.append(bubble(m.text));
          box.append(...m.files.map((f) => file(f, client)));
          const label = stateText(state);
          if (pending && state !== "waiting")
            box.append(
              button(
                "st",
                () => {
                  write();
                  client.retry(pending.echo_id);
                },
                label,
              ),
            );
          else if (label) box.append(h("div", { className: "st" }, label));
          return box;
        },
      });
    });
    const { scrollHeight, scrollTop } = list;
    const first = list.querySelector(".g");
    reconcile(list, rows, known);
    if (stick) bottom();
    else if (first !== list.querySelector(".g")) list.scrollTop = scrollTop + list.scrollHeight - scrollHeight;
  }

  function stateText(state: string): string {
    if (!state) return "";
    return voice.say(state in SAID ? SAID[state as keyof typeof SAID] : "sent");
  }

  function author(name: string, at?: string): HTMLElement[] {
    const text = [name || voice.say("team"), at].filter(Boolean).join(" · ");
    return [h("div", { className: "by" }, text)];
  }

  function bubble(text: string): HTMLElement {
    return h(
      "div",
      { className: "m", dir: "auto" },
      ...pieces(text).map((p) => (p.href ? h("a", { href: p.href, target: "_blank", rel: "noopener noreferrer nofollow" }, p.text) : p.text)),
    );
  }

  function file(f: WFile, client: Client): HTMLElement {
    const url = client.resolve(f.url);
    const chip = () => {
      const inner = [icons.file(), h("span", {}, h("b", { title: f.name }, f.name), h("small", {}, sizeText(f.size_bytes, voice.tongue)))];
      return url ? h("a", { className: "f", href: url, target: "_blank", rel: "noopener noreferrer", download: f.name }, ...inner) : h("div", { className: "f" }, ...inner);
    };
    const small = client.resolve(f.thumbnail_url);
    if (!small || !url) return chip();
    const img = h("img", { alt: f.name, loading: "lazy", decoding: "async", referrerPolicy: "no-referrer" });
    const link = h("a", { className: "im", href: url, target: "_blank", rel: "noopener noreferrer", title: f.name }, img);
    img.onload = () => stick && bottom();
    img.onerror = () => link.replaceWith(chip());
    img.src = small;
    return link;
  }

  function dayText(date: Date): string {
    const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
    const ago = Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
    if (ago === 0) return voice.say("today");
    if (ago === 1) return voice.say("yesterday");
    return new Intl.DateTimeFormat(region(), { day: "numeric", month: "long", year: ago > 300 ? "numeric" : undefined }).format(date);
  }

  /** The reader's own way of writing times, where it fits the language of the chat. */
  function region(): string {
    return navigator.languages.find((l) => l.startsWith(voice.tongue)) ?? voice.tongue;
  }

  return { list, draw, clear, follow, bottom };
}
