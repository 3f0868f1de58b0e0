import type { Wish } from "@/features/inbox/bus";

export type Place = "/inbox" | "/contacts" | "/journal" | "/settings" | "/notifications";

/** What a key asks for: a wish to whoever listens, a place, or something of the frame itself. */
export type Action =
  | { wish: Exclude<Wish, "newConversation" | "palette" | "help" | "closeThis"> }
  | { go: Place }
  | { own: "palette" | "help" | "find" | "create" | "theme" | "pane" };

export interface Binding {
  keys: string;
  /** Further keys for the same. */
  also?: string[];
  action: Action;
  /** Only there while conversations are on screen. */
  inbox?: boolean;
  group: "move" | "act" | "everywhere";
  /** Name in `frame:keys.*`. */
  name: string;
  permission?: string;
}

const act = (keys: string, wish: Extract<Action, { wish: unknown }>["wish"], also?: string[]): Binding => ({
  keys,
  also,
  action: { wish },
  inbox: true,
  group: "act",
  name: wish,
});

export const bindings: Binding[] = [
  { keys: "j", also: ["arrowdown"], action: { wish: "next" }, inbox: true, group: "move", name: "next" },
  { keys: "k", also: ["arrowup"], action: { wish: "previous" }, inbox: true, group: "move", name: "previous" },
  { keys: "enter", also: ["o"], action: { wish: "openConversation" }, inbox: true, group: "move", name: "openConversation" },
  { keys: "/", action: { wish: "searchList" }, inbox: true, group: "move", name: "searchList" },
  { keys: "g i", action: { go: "/inbox" }, group: "move", name: "inbox" },
  { keys: "g c", action: { go: "/contacts" }, group: "move", name: "contacts" },
  { keys: "g j", action: { go: "/journal" }, group: "move", name: "journal", permission: "journal.read" },
  { keys: "g s", action: { go: "/settings" }, group: "move", name: "settings" },
  { keys: "g n", action: { go: "/notifications" }, group: "move", name: "notifications" },
  act("r", "reply"),
  act("shift+r", "replyAll"),
  act("f", "forward"),
  act("c", "note"),
  act("e", "closeReopen"),
  act("s", "snooze"),
  act("a", "assign"),
  act("i", "assignMe"),
  act("l", "tags"),
  act("p", "priority"),
  act("shift+s", "status"),
  act("u", "unread"),
  act("x", "select"),
  act("shift+j", "extendNext"),
  act("shift+k", "extendPrevious"),
  act("!", "spam"),
  { ...act("#", "delete"), permission: "conversations.delete" },
  act("z", "undo"),
  act("shift+m", "macros"),
  { keys: "mod+k", action: { own: "palette" }, group: "everywhere", name: "palette" },
  { keys: "mod+shift+f", action: { own: "find" }, group: "everywhere", name: "find" },
  { keys: "n", action: { own: "create" }, group: "everywhere", name: "newConversation" },
  { keys: "[", action: { wish: "toggleViews" }, inbox: true, group: "everywhere", name: "toggleViews" },
  { keys: "]", action: { wish: "toggleDetails" }, inbox: true, group: "everywhere", name: "toggleDetails" },
  { keys: "v", action: { wish: "saveView" }, inbox: true, group: "everywhere", name: "saveView" },
  { keys: "f6", also: ["shift+f6"], action: { own: "pane" }, group: "everywhere", name: "pane" },
  { keys: "mod+shift+l", action: { own: "theme" }, group: "everywhere", name: "theme" },
  { keys: "?", action: { own: "help" }, group: "everywhere", name: "help" },
];

/** Whether somebody may do this at all; what they may not is not offered either. */
export const isAllowed = ({ permission }: { permission?: string }, permissions: readonly string[] = []) => !permission || permissions.includes(permission);

export const keysOf = (name: string) => bindings.find((b) => b.name === name)?.keys;
