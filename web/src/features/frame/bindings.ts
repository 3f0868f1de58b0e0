import type { Wish } from "@/features/inbox/bus";
import type { Act } from "@/lib/keymap";

export type Place = "/inbox" | "/contacts" | "/journal" | "/settings" | "/notifications";

/** What a key asks for: a wish to whoever listens, a place, or something of the frame itself. */
export type Action =
  | { wish: Exclude<Wish, "newConversation" | "palette" | "help" | "closeThis"> }
  | { go: Place }
  | { own: "palette" | "help" | "find" | "create" | "theme" | "pane" };

export interface Binding {
  /** Its name in the keymap, and in `frame:keys.*`. */
  name: Act;
  action: Action;
  /** Only there while conversations are on screen. */
  inbox?: boolean;
  group: "move" | "act" | "everywhere";
  permission?: string;
}

type Said = Extract<Action, { wish: unknown }>["wish"];
const act = (name: Said & Act, group: Binding["group"] = "act"): Binding => ({ name, action: { wish: name }, inbox: true, group });
const go = (name: Act, to: Place): Binding => ({ name, action: { go: to }, group: "move" });

export const bindings: Binding[] = [
  act("next", "move"),
  act("previous", "move"),
  act("openConversation", "move"),
  act("searchList", "move"),
  go("inbox", "/inbox"),
  go("contacts", "/contacts"),
  { ...go("journal", "/journal"), permission: "journal.read" },
  go("settings", "/settings"),
  go("notifications", "/notifications"),
  act("reply"),
  act("replyAll"),
  act("forward"),
  act("note"),
  act("closeReopen"),
  act("snooze"),
  act("assign"),
  act("assignMe"),
  act("tags"),
  act("priority"),
  act("status"),
  act("unread"),
  act("select"),
  act("extendNext"),
  act("extendPrevious"),
  act("spam"),
  { ...act("delete"), permission: "conversations.delete" },
  act("undo"),
  act("macros"),
  act("inspect"),
  { name: "palette", action: { own: "palette" }, group: "everywhere" },
  { name: "find", action: { own: "find" }, group: "everywhere" },
  { name: "newConversation", action: { own: "create" }, group: "everywhere" },
  act("toggleViews", "everywhere"),
  act("toggleDetails", "everywhere"),
  act("saveView", "everywhere"),
  { name: "pane", action: { own: "pane" }, group: "everywhere" },
  { name: "theme", action: { own: "theme" }, group: "everywhere" },
  { name: "help", action: { own: "help" }, group: "everywhere" },
];

/** Whether somebody may do this at all; what they may not is not offered either. */
export const isAllowed = ({ permission }: { permission?: string }, permissions: readonly string[] = []) => !permission || permissions.includes(permission);
