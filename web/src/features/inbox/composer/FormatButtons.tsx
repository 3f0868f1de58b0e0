import { Bold, Italic, List, ListOrdered, Strikethrough } from "lucide-react";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui";
import { LinkButton } from "./LinkButton";
import type { Formats, RichHandle } from "./RichEditor";

const BUTTONS = [
  ["bold", Bold, "⌘B", false],
  ["italic", Italic, "⌘I", false],
  ["strike", Strikethrough, "⌘⇧S", true],
  ["bulletList", List, "⌘⇧8", true],
  ["orderedList", ListOrdered, "⌘⇧7", true],
] as const;

export function FormatButtons({ editor, formats }: { editor: RefObject<RichHandle | null>; formats: Formats }) {
  const { t } = useTranslation("composer");
  return (
    <>
      {BUTTONS.map(([name, Icon, keys, wide]) => (
        <IconButton
          key={name}
          label={`${t(`format.${name}`)} (${keys})`}
          size="sm"
          aria-pressed={formats[name]}
          className={`aria-pressed:bg-hover aria-pressed:text-ink ${wide ? "max-md:hidden" : ""}`}
          onMouseDown={(e) => e.preventDefault()}
          onClick={() => editor.current?.toggle(name)}
        >
          <Icon aria-hidden />
        </IconButton>
      ))}
      <span className="contents max-md:hidden">
        <LinkButton editor={editor} active={formats.link} />
      </span>
      <span className="mx-1 h-4 w-px bg-line" aria-hidden />
    </>
  );
}
