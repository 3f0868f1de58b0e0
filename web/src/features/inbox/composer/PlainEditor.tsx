import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import type { Member } from "@/api/types";
import type { EditorHandle, EditorProps } from "./editor";
import { MentionList } from "./MentionList";
import { type MentionQuery, matchMembers, mentionAt } from "./mentions";
import { slashAt } from "./slash";

interface Props extends EditorProps {
  text: string;
  onText: (text: string) => void;
  /** Whom `@` may name; none outside notes. */
  members?: readonly Member[];
  handle: Ref<EditorHandle>;
}

/** Words without formatting, in a field that grows with them. */
export function PlainEditor({ id, text, onText, label, placeholder, describedBy, autoFocus, members, onFiles, onKey, onSlash, list, handle }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const caretAfter = useRef<number | null>(null);
  const [mention, setMention] = useState<MentionQuery | null>(null);
  const [chosen, setChosen] = useState(0);
  const found = mention && members ? matchMembers(members, mention.text) : [];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const el = area.current;
    if (!el) return;
    el.style.height = "0";
    el.style.height = `${Math.min(el.scrollHeight, 220)}px`;
    if (caretAfter.current !== null) {
      el.setSelectionRange(caretAfter.current, caretAfter.current);
      caretAfter.current = null;
      look(el);
    }
  }, [text, id]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another text has its own caret
  useEffect(() => setMention(null), [id]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it appears
  useEffect(() => {
    const el = area.current;
    if (!el || !(typeof autoFocus === "function" ? autoFocus() : autoFocus)) return;
    el.focus();
    // It goes on where another field has been.
    if (typeof autoFocus === "function") el.setSelectionRange(el.value.length, el.value.length);
  }, []);

  const replace = (from: number, to: number, words: string) => {
    caretAfter.current = from + words.length;
    onText(text.slice(0, from) + words + text.slice(to));
  };

  useImperativeHandle(handle, () => ({
    focus: () => {
      const el = area.current;
      el?.focus();
      el?.setSelectionRange(el.value.length, el.value.length);
    },
    insert: (words) => {
      const el = area.current;
      el?.focus();
      replace(el?.selectionStart ?? text.length, el?.selectionEnd ?? text.length, words);
    },
    slash: () => {
      const el = area.current;
      el?.focus();
      const at = el?.selectionStart ?? text.length;
      replace(at, el?.selectionEnd ?? at, /(^|\s)$/.test(text.slice(0, at)) ? "/" : " /");
    },
    fill: ({ text: words }) => {
      const el = area.current;
      const at = el?.selectionStart ?? text.length;
      const query = slashAt(text.slice(0, at));
      el?.focus();
      replace(query === null ? at : at - query.length - 1, el?.selectionEnd ?? at, words);
    },
  }));

  const look = (el: HTMLTextAreaElement) => {
    onSlash?.(el.selectionStart === el.selectionEnd ? slashAt(el.value.slice(0, el.selectionStart)) : null);
    if (!members) return;
    setMention(mentionAt(el.value, el.selectionStart));
    setChosen(0);
  };
  const pick = (m: Member) => {
    if (!mention) return;
    replace(mention.from, mention.to, `@${m.name} `);
    setMention(null);
    area.current?.focus();
  };

  const listKey = (e: React.KeyboardEvent): boolean => {
    if (!found.length || e.nativeEvent.isComposing || e.metaKey || e.ctrlKey) return false;
    const member = found[chosen];
    if (e.key === "ArrowDown") setChosen((chosen + 1) % found.length);
    else if (e.key === "ArrowUp") setChosen((chosen + found.length - 1) % found.length);
    else if ((e.key === "Enter" || e.key === "Tab") && member) pick(member);
    else if (e.key === "Escape") setMention(null);
    else return false;
    e.preventDefault();
    e.stopPropagation();
    return true;
  };

  return (
    <div className="relative px-3.5 py-2">
      <textarea
        ref={area}
        value={text}
        dir={text ? "auto" : undefined}
        rows={2}
        aria-label={label}
        aria-describedby={describedBy}
        aria-autocomplete={members || onSlash ? "list" : undefined}
        aria-controls={found.length ? "mention-list" : list?.id}
        aria-activedescendant={found.length ? `mention-${chosen}` : list?.active}
        placeholder={placeholder}
        className="scroll block min-h-11 w-full resize-none bg-transparent text-base outline-none placeholder:text-ink-3 max-md:text-[16px]"
        onChange={(e) => {
          onText(e.target.value);
          look(e.target);
        }}
        onSelect={(e) => look(e.currentTarget)}
        onBlur={() => {
          setMention(null);
          onSlash?.(null);
        }}
        onPaste={(e) => {
          if (!e.clipboardData.files.length) return;
          e.preventDefault();
          onFiles([...e.clipboardData.files]);
        }}
        onKeyDown={(e) => {
          if (!listKey(e))
            onKey({ key: e.key, metaKey: e.metaKey, ctrlKey: e.ctrlKey, shiftKey: e.shiftKey, isComposing: e.nativeEvent.isComposing, preventDefault: () => e.preventDefault() });
        }}
      />
      {found.length > 0 && <MentionList members={found} chosen={chosen} onPick={pick} />}
    </div>
  );
}
