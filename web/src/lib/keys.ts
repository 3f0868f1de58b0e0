/** The part of a keyboard event the matcher looks at. */
export interface KeyPress {
  key: string;
  code?: string;
  ctrlKey?: boolean;
  metaKey?: boolean;
  shiftKey?: boolean;
  altKey?: boolean;
  isComposing?: boolean;
}

/**
 * One key as a binding writes it: `j`, `?`, `enter`, `mod+k`, `mod+shift+l`.
 * Shift is only named where it is not already in the character itself.
 */
export function stroke(e: KeyPress): string {
  const mod = Boolean(e.ctrlKey || e.metaKey);
  // With Ctrl or ⌘ the character depends on the layout's modifiers; the key's place does not.
  // So it is with Alt, which types other characters on some keyboards.
  const place = /^(?:Key|Digit)(\w)$/.exec(e.code ?? "")?.[1];
  const letter = place && (mod ? e.code?.startsWith("Key") && !/^[a-z]$/i.test(e.key) : e.altKey && !/^[a-z0-9]$/i.test(e.key)) ? place : e.key;
  const key = letter === " " ? "space" : letter.toLowerCase();
  // AltGr arrives as Ctrl+Alt: it types a character, it is no shortcut.
  if (e.altKey && mod && key.length === 1 && !/^[a-z0-9]$/.test(key)) return key;
  const shift = e.shiftKey && (mod || /^[a-z]$/.test(key) || key.length > 1);
  if (e.altKey) return `alt+${shift ? "shift+" : ""}${key}`;
  return `${mod ? "mod+" : ""}${shift ? "shift+" : ""}${key}`;
}

/** Keys that act alone or after another, without Ctrl or ⌘; people may turn these off. */
export const isSingle = (binding: string) => !binding.includes("mod+") && !binding.includes("alt+");

export interface Matcher {
  /** The binding this key completes, if any. `pending` says the key began a sequence. */
  press(e: KeyPress, at: number): { binding?: string; pending: boolean };
  reset(): void;
}

const modifiers = new Set(["shift", "control", "alt", "meta", "capslock", "altgraph", "dead", "process", "unidentified"]);

/** Follows keys through sequences such as `g i`; a sequence is given up after `patience` milliseconds. */
export function matcher(bindings: Iterable<string>, patience = 1200): Matcher {
  const known = new Set(bindings);
  const starts = new Set<string>();
  for (const binding of known) {
    const keys = binding.split(" ");
    for (let i = 1; i < keys.length; i++) starts.add(keys.slice(0, i).join(" "));
  }
  let held = "";
  let since = 0;
  const reset = () => {
    held = "";
  };
  return {
    reset,
    press(e, at) {
      if (e.isComposing || modifiers.has(e.key.toLowerCase())) return { pending: held !== "" };
      if (held && at - since > patience) reset();
      const one = stroke(e);
      const tries = held ? [`${held} ${one}`] : [one];
      // A sequence that leads nowhere is dropped, and its last key does nothing by itself.
      for (const candidate of tries) {
        if (known.has(candidate)) {
          reset();
          return { binding: candidate, pending: false };
        }
        if (starts.has(candidate)) {
          held = candidate;
          since = at;
          return { pending: true };
        }
      }
      reset();
      return { pending: false };
    },
  };
}

/** Puts together what is pressed: one key, or two after each other within `patience` milliseconds. */
export function recorder(patience = 1200) {
  let last = { keys: "", at: Number.NEGATIVE_INFINITY };
  return {
    press(e: KeyPress, at: number): string | null {
      if (e.isComposing || modifiers.has(e.key.toLowerCase())) return null;
      const one = stroke(e);
      // Only bare letters and digits begin a sequence; a combination stands alone.
      const goesOn = at - last.at <= patience && /^[a-z0-9]$/.test(last.keys) && /^[a-z0-9]$/.test(one);
      last = { keys: goesOn ? `${last.keys} ${one}` : one, at };
      return last.keys;
    },
  };
}

/** True where keys write text and shortcuts have to stay away. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[contenteditable=''],[contenteditable=true]")) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit", "reset", "file", "color", "image"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

const isMac = () => typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform);
/** Whether this key with Alt types a character here, as on a Mac. */
export const typesWithAlt = (e: KeyPress) => isMac() && !!e.altKey && e.key.length === 1;
const drawn: Record<string, string> = { shift: "⇧", enter: "↵", arrowdown: "↓", arrowup: "↑", escape: "Esc" };

/** A binding as the caps to draw: `mod+shift+l` becomes ⌘ ⇧ L. */
export function caps(binding: string, mac = isMac()): string[] {
  return binding.split(" ").flatMap((key) => {
    if (key === "+") return ["+"];
    return key
      .split("+")
      .map((part) =>
        part === "mod" ? (mac ? "⌘" : "Ctrl") : part === "alt" ? (mac ? "⌥" : "Alt") : (drawn[part] ?? (part.length === 1 || /^f\d+$/.test(part) ? part.toUpperCase() : part)),
      );
  });
}

/** The same in words for a tooltip or `aria-keyshortcuts`-like text: `G I`, `⌘ K`. */
export const keysText = (binding: string) => caps(binding).join(" ");
