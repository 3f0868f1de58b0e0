import type { Channel } from "@/api/types";

/** The state of a channel as a word and a colour; the word is never missing. */
export function health(channel: Pick<Channel, "status" | "sync_error">) {
  switch (channel.status) {
    case "active":
      // It goes on trying by itself.
      if (channel.sync_error) return { word: "trouble", dot: "bg-warn", tone: "text-warn" } as const;
      return { word: "active", dot: "bg-good", tone: "text-ink-2" } as const;
    case "inactive":
      return { word: "inactive", dot: "bg-ink-3", tone: "text-ink-2" } as const;
    case "disconnected":
      return { word: "disconnected", dot: "bg-warn", tone: "text-warn" } as const;
    default:
      return { word: "error", dot: "bg-bad", tone: "text-bad" } as const;
  }
}
