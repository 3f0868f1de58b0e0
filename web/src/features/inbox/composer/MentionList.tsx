import { useTranslation } from "react-i18next";
import type { Member } from "@/api/types";
import { Avatar } from "@/ui";

export function MentionList({ members, chosen, onPick }: { members: readonly Member[]; chosen: number; onPick: (m: Member) => void }) {
  const { t } = useTranslation("composer");
  return (
    <div
      id="mention-list"
      role="listbox"
      aria-label={t("mention")}
      className="pop absolute bottom-full start-3 z-20 w-64 max-w-[calc(100%-24px)] rounded-lg border border-line bg-raised p-1 shadow-3"
    >
      {members.map((m, i) => (
        // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the text field keeps the focus and handles the keys
        <div
          key={m.id}
          id={`mention-${i}`}
          role="option"
          aria-selected={i === chosen}
          className={`flex h-8 items-center gap-2 rounded-sm px-2 text-sm max-md:h-11 ${i === chosen ? "bg-hover" : ""}`}
          onMouseDown={(e) => e.preventDefault()}
          onClick={() => onPick(m)}
        >
          <Avatar id={m.id} name={m.name} size={20} />
          <span className="truncate">{m.name}</span>
        </div>
      ))}
    </div>
  );
}
