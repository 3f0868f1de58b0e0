import { create } from "zustand";
import { isSingle } from "./keys";

/** Which keys do what: single letters, or the same with Alt, which also work while one writes. The first one is shown, and is the one that can be changed. */
export const MAPS = {
  letters: {
    next: ["j", "arrowdown"],
    previous: ["k", "arrowup"],
    openConversation: ["enter", "o"],
    searchList: ["/"],
    inbox: ["g i"],
    contacts: ["g c"],
    journal: ["g j"],
    settings: ["g s"],
    notifications: ["g n"],
    reply: ["r"],
    replyAll: ["shift+r"],
    forward: ["f"],
    note: ["c"],
    closeReopen: ["e"],
    snooze: ["s"],
    assign: ["a"],
    assignMe: ["i"],
    tags: ["l"],
    priority: ["p"],
    status: ["shift+s"],
    unread: ["u"],
    select: ["x"],
    extendNext: ["shift+j"],
    extendPrevious: ["shift+k"],
    spam: ["!"],
    delete: ["#"],
    undo: ["z"],
    macros: ["shift+m"],
    palette: ["mod+k"],
    find: ["mod+shift+f"],
    newConversation: ["n"],
    toggleViews: ["["],
    toggleDetails: ["]"],
    saveView: ["v"],
    pane: ["f6", "shift+f6"],
    theme: ["mod+shift+l"],
    help: ["?"],
  },
  alt: {
    next: ["alt+j", "alt+arrowdown"],
    previous: ["alt+k", "alt+arrowup"],
    openConversation: ["alt+o"],
    searchList: ["alt+q"],
    inbox: ["alt+1"],
    contacts: ["alt+2"],
    journal: ["alt+3"],
    settings: ["alt+4"],
    notifications: ["alt+5"],
    reply: ["alt+r"],
    replyAll: ["alt+shift+r"],
    forward: ["alt+f"],
    note: ["alt+c"],
    closeReopen: ["alt+e"],
    snooze: ["alt+s"],
    assign: ["alt+a"],
    assignMe: ["alt+i"],
    tags: ["alt+l"],
    priority: ["alt+p"],
    status: ["alt+shift+t"],
    unread: ["alt+u"],
    select: ["alt+x"],
    extendNext: ["alt+shift+j"],
    extendPrevious: ["alt+shift+k"],
    spam: ["alt+shift+s"],
    delete: ["alt+shift+d"],
    undo: ["alt+z"],
    macros: ["alt+shift+m"],
    palette: ["mod+k"],
    find: ["mod+shift+f"],
    newConversation: ["alt+n"],
    toggleViews: ["alt+b"],
    toggleDetails: ["alt+d"],
    saveView: ["alt+v"],
    pane: ["f6", "shift+f6"],
    theme: ["mod+shift+l"],
    help: ["alt+h"],
  },
} as const satisfies Record<string, Record<string, readonly string[]>>;

export type MapName = keyof typeof MAPS;
export type Act = keyof (typeof MAPS)["letters"];
export const ACTS = Object.keys(MAPS.letters) as Act[];

/** A person's keys, as they are kept with them: a map, and what is otherwise than in it; no keys is an empty text. */
export interface OwnKeys {
  map: MapName;
  own: Partial<Record<Act, string>>;
}

/** What stands in a preference, as far as it makes sense. */
export function readKeys(value: unknown): OwnKeys {
  const { map, own } = (value && typeof value === "object" ? value : {}) as { map?: unknown; own?: unknown };
  const kept = Object.entries(own && typeof own === "object" ? own : {}).filter(([act, keys]) => ACTS.includes(act as Act) && typeof keys === "string" && keys.length <= 40);
  return { map: map === "alt" ? "alt" : "letters", own: Object.fromEntries(kept) };
}

export type Keymap = Record<Act, readonly string[]>;

/** Which keys do what for somebody. What they have given to one act is taken from any other. */
export function keymapOf({ map, own }: OwnKeys): Keymap {
  const given = Object.values(own).filter(Boolean);
  return Object.fromEntries(
    ACTS.map((act) => {
      const mine = own[act];
      if (mine === "") return [act, []];
      // Another first key leaves those beside it, such as the arrows.
      const usual: readonly string[] = mine === undefined ? MAPS[map][act] : MAPS[map][act].slice(1);
      const left = usual.filter((keys) => !given.some((taken) => meet(taken, keys)));
      return [act, mine === undefined ? left : [mine, ...left]];
    }),
  ) as unknown as Keymap;
}

/** The same keys, or one the beginning of the other: only one of the two could ever be pressed. */
export const meet = (a: string, b: string) => a === b || a.startsWith(`${b} `) || b.startsWith(`${a} `);

/** Which other acts would lose their keys to these. */
export const clashes = (keymap: Keymap, act: Act, keys: string): Act[] => ACTS.filter((other) => other !== act && keymap[other].some((k) => meet(k, keys)));

const EDITING = /^(?:tab|shift\+tab|escape|space|backspace|mod\+(?:enter|shift\+enter|[acvxzyb]|shift\+z|i))$/;
const BROWSER = /^(?:f5|f11|f12|mod\+(?:[tnwqrlpf1-9]|shift\+[tnwicjr]|\+|-|0)|alt\+(?:arrowleft|arrowright|f4|tab|space))$/;

/** Why these keys cannot be taken: they write or move everywhere, or never reach the page. */
export function refusal(keys: string): "editing" | "browser" | null {
  const first = keys.split(" ")[0] ?? "";
  if (EDITING.test(first)) return "editing";
  return BROWSER.test(first) ? "browser" : null;
}

interface State {
  keymap: Keymap;
  /** Whether keys that act alone do so. */
  single: boolean;
}
export const useKeymap = create<State>(() => ({ keymap: keymapOf({ map: "letters", own: {} }), single: true }));

/** Takes over what somebody has chosen. */
export function applyKeys(preferences: Record<string, unknown> | undefined) {
  useKeymap.setState({ keymap: keymapOf(readKeys(preferences?.keys)), single: preferences?.single_keys !== false });
}

const shown = ({ keymap, single }: State, act: Act): string | undefined => {
  const keys = keymap[act][0];
  return keys && (single || !isSingle(keys)) ? keys : undefined;
};
/** The keys to show beside what does the same; none where they do nothing. */
export const useKey = (act: Act): string | undefined => useKeymap((s) => shown(s, act));
export function useKeys(): (act: Act) => string | undefined {
  const state = useKeymap();
  return (act) => shown(state, act);
}
