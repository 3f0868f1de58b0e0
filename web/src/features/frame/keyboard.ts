import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useMe } from "@/api/client";
import { bus, newConversation, type Wish } from "@/features/inbox/bus";
import { useKeymap } from "@/lib/keymap";
import { isSingle, isTyping, matcher, typesWithAlt } from "@/lib/keys";
import { focusPane, neighbourPane, panesOf } from "@/lib/panes";
import { type Action, type Binding, bindings, isAllowed } from "./bindings";
import { useFrame } from "./state";

/** Where the arrows already mean something: menus, lists and tabs keep them, and what scrolls by them. */
const ownsArrows = "[role=log],[role=menu],[role=listbox],[role=tablist],[role=radiogroup],[role=slider],[role=separator],[role=grid],[role=tree]";
/** These put the cursor into a field, which may still have to load. What is typed until then is text, not keys, and goes into the field. */
const writing = new Set(["reply", "replyAll", "note", "searchList", "newConversation", "palette", "find"]);
const PATIENCE = 3000;
/** These open a box or a menu, where there is something to open it for. */
const opening = new Set(["tags", "assign", "snooze", "priority", "status", "macros", "forward", "saveView"]);
const SHORT_PATIENCE = 1200;
/** Without a conversation or something ticked there is nothing to open them for; only a view can always be saved. */
const leadsToBox = (name: Binding["name"]): boolean => name === "saveView" || bus.isClaimed(name as Wish) || (/^\/inbox\/./.test(location.pathname) && bus.isHeard(name as Wish));
/** Without a conversation there is nothing to answer, and the palette's key closes it too. */
function leadsToField(name: string): boolean {
  if (name === "palette") return !useFrame.getState().palette;
  return name.startsWith("reply") || name === "note" ? /^\/inbox\/./.test(location.pathname) : true;
}
const dialogOpen = () => document.querySelector("[role=dialog][data-state=open],[role=alertdialog][data-state=open],[role=menu][data-state=open]") !== null;
const inInbox = () => /^\/inbox(\/|$)/.test(location.pathname);

/** From one pane to the next, to what in it can take the focus first. */
function nextPane(back: boolean) {
  const pane = neighbourPane(panesOf(document), document.activeElement, back);
  if (pane) focusPane(pane);
}

/** Starts a new conversation, on the inbox page, where its dialog lives. */
export function useCreate() {
  const navigate = useNavigate();
  return () => {
    if (inInbox()) return newConversation();
    // The dialog listens once the page is there.
    void navigate({ to: "/inbox" }).then(() => setTimeout(() => newConversation(), 60));
  };
}

/** The keyboard map. Mounted once, by the frame. */
export function useGlobalKeys(toggleTheme: () => void) {
  const navigate = useNavigate();
  const create = useCreate();
  const me = useMe();
  const { keymap, single } = useKeymap();
  const allowed = (b: Binding) => isAllowed(b, me?.permissions);

  const act = (action: Action, back: boolean) => {
    if ("wish" in action) bus.emit(action.wish);
    else if ("go" in action) void navigate({ to: action.go });
    else if (action.own === "palette") useFrame.setState((s) => ({ palette: !s.palette, help: false }));
    else if (action.own === "help") useFrame.setState({ help: true });
    else if (action.own === "find") {
      // On the search page itself its words stay; only the field takes the keys.
      const field = document.querySelector<HTMLInputElement>("#find-input");
      if (field) field.select();
      else void navigate({ to: "/search" });
    } else if (action.own === "create") create();
    else if (action.own === "pane") nextPane(back);
    else toggleTheme();
  };

  // In the inbox its filter stays as it is.
  const open = (id: string) =>
    void navigate({ to: "/inbox/{-$id}", params: { id }, search: ((now: Record<string, unknown>) => (inInbox() ? { ...now, message: undefined } : {})) as never });
  const latest = useRef({ act, single, allowed, open });
  useEffect(() => {
    latest.current = { act, single, allowed, open };
  });

  useEffect(() => {
    const byKeys = new Map(bindings.flatMap((b) => keymap[b.name].map((k) => [k, b] as const)));
    const keys = matcher(byKeys.keys());
    let writesUntil = 0;
    let typed = "";
    const press = (e: KeyboardEvent) => {
      // Whoever gives up waits for no field any more, also where a dialog has taken this key.
      if (e.key === "Escape") arrived();
      if (e.defaultPrevented || e.isComposing || e.keyCode === 229) return keys.reset();
      const { binding, pending } = keys.press(e, e.timeStamp);
      const found = binding ? byKeys.get(binding) : undefined;
      const chord = binding !== undefined && !isSingle(binding);
      const own = binding !== undefined && /f\d+$/.test(binding);
      // There it writes.
      if (isTyping(e.target) && typesWithAlt(e)) return keys.reset();
      if (!chord && !own && e.timeStamp < writesUntil && (typed || !isTyping(e.target))) {
        if (e.key !== "Escape" && e.key !== "Tab") {
          if (e.key === "Backspace") typed = typed.slice(0, -1);
          else if (e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey) typed += e.key;
          e.preventDefault();
          return keys.reset();
        }
        arrived();
      }
      if (!chord && !own && (isTyping(e.target) || dialogOpen() || !latest.current.single)) return keys.reset();
      if (pending || !found || !binding) return;
      if (found.inbox && !inInbox()) return;
      // Ctrl K opens and closes its own dialog; any other chord waits until a dialog is gone.
      if ((chord || own) && dialogOpen() && found.name !== "palette" && found.name !== "theme") return;
      // Holding a key down moves on, but does nothing else twice.
      if (e.repeat && found.group !== "move") return;
      if (!latest.current.allowed(found)) return;
      // Enter opens from the list; on a button or a link it presses that.
      if (binding === "enter" && e.target instanceof Element && e.target.closest("a,button,summary,[role=option]")) return;
      if (binding.startsWith("arrow") && e.target instanceof Element && e.target.closest(ownsArrows)) return;
      e.preventDefault();
      typed = "";
      if (writing.has(found.name) && leadsToField(found.name)) writesUntil = e.timeStamp + PATIENCE;
      else writesUntil = opening.has(found.name) && leadsToBox(found.name) ? e.timeStamp + SHORT_PATIENCE : 0;
      latest.current.act(found.action, e.shiftKey);
    };
    const leave = () => keys.reset();
    // Where a field has the keys, or somebody has clicked elsewhere, nothing is waited for any more.
    const arrived = () => {
      writesUntil = 0;
      typed = "";
    };
    // The browser's own way of typing tells the field as if somebody had.
    const type = () => {
      if (!isTyping(document.activeElement)) return;
      const words = typed;
      arrived();
      if (words) document.execCommand("insertText", false, words);
    };
    const focused = (e: FocusEvent) => {
      // What was typed long before was meant for something else.
      if (isTyping(e.target)) return typed && e.timeStamp < writesUntil ? void setTimeout(type) : arrived();
      if (e.target instanceof HTMLElement && e.target.closest("[role=menu],[role=listbox]")) arrived();
    };
    window.addEventListener("keydown", press);
    window.addEventListener("blur", leave);
    window.addEventListener("focusin", focused);
    window.addEventListener("pointerdown", arrived);
    const wishes = [
      bus.on("palette", () => useFrame.setState({ palette: true })),
      bus.on("help", () => useFrame.setState({ help: true })),
      bus.on("goTo", (id) => latest.current.open(id)),
    ];
    return () => {
      window.removeEventListener("keydown", press);
      window.removeEventListener("blur", leave);
      window.removeEventListener("focusin", focused);
      window.removeEventListener("pointerdown", arrived);
      for (const off of wishes) off();
    };
  }, [keymap]);
}
