import type { WMessage } from "./types";

/** What was said, each message once, in order. */
export class MessageLog {
  private readonly byId = new Map<string, WMessage>();
  private readonly echoes = new Set<string>();

  /** Takes messages in any order and any number of times; returns those not known before. */
  merge(list: readonly WMessage[]): WMessage[] {
    const fresh: WMessage[] = [];
    for (const message of list) {
      if (!message?.id) continue;
      if (!this.byId.has(message.id)) fresh.push(message);
      this.byId.set(message.id, { ...message, files: message.files ?? [], text: message.text ?? "" });
      if (message.echo_id) this.echoes.add(message.echo_id);
    }
    return fresh;
  }

  knows(echoId: string): boolean {
    return this.echoes.has(echoId);
  }

  all(): WMessage[] {
    return [...this.byId.values()].sort(byTime);
  }

  oldest(): WMessage | undefined {
    return this.all()[0];
  }

  /** The other side has read everything of ours up to this message. */
  markRead(upTo: string): void {
    const limit = this.byId.get(upTo);
    if (!limit) return;
    for (const m of this.byId.values()) {
      if (m.from === "visitor" && byTime(m, limit) <= 0) this.byId.set(m.id, { ...m, status: "read" });
    }
  }

  /** Messages of the team after the moment the visitor last looked. */
  unread(seenAt: string | null): WMessage[] {
    return this.all().filter((m) => m.from === "agent" && m.status !== "read" && (!seenAt || time(m) > Date.parse(seenAt)));
  }

  clear(): void {
    this.byId.clear();
    this.echoes.clear();
  }
}

const time = (m: WMessage) => Date.parse(m.at) || 0;

function byTime(a: WMessage, b: WMessage): number {
  return time(a) - time(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
