import { EmojiPicker as Picker } from "frimousse";
import { useTranslation } from "react-i18next";

export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation("composer");
  return (
    <Picker.Root emojibaseUrl="/emoji" onEmojiSelect={({ emoji }) => onPick(emoji)} className="flex h-72 w-72 max-w-full flex-col">
      <Picker.Search
        autoFocus
        aria-label={t("emoji.search")}
        placeholder={t("emoji.search")}
        className="mx-1 mb-2 h-8 rounded-sm border border-line-control bg-raised px-2.5 text-sm max-md:h-11 max-md:text-[16px]"
      />
      <Picker.Viewport className="scroll min-h-0 flex-1">
        <Picker.Loading className="block p-3 text-ink-3">{t("emoji.loading")}</Picker.Loading>
        <Picker.Empty className="block p-3 text-ink-3">{t("emoji.none")}</Picker.Empty>
        <Picker.List
          components={{
            CategoryHeader: ({ category, ...p }) => (
              <div {...p} className="bg-raised px-2 py-1 text-2xs font-medium text-ink-3">
                {category.label}
              </div>
            ),
            Row: ({ children, ...p }) => (
              <div {...p} className="px-1">
                {children}
              </div>
            ),
            Emoji: ({ emoji, ...p }) => (
              <button type="button" {...p} className="flex size-8 items-center justify-center rounded-sm text-lg data-[active]:bg-hover">
                {emoji.emoji}
              </button>
            ),
          }}
        />
      </Picker.Viewport>
    </Picker.Root>
  );
}
