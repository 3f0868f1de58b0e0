import { Check, Monitor, Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useKey } from "@/lib/keymap";
import type { Theme } from "@/lib/theme";
import { IconButton, Menu } from "@/ui";

const choices = [
  { theme: "light", icon: Sun },
  { theme: "dark", icon: Moon },
  { theme: "system", icon: Monitor },
] as const;

export function ThemeMenu({ theme, onTheme }: { theme: Theme; onTheme: (theme: Theme) => void }) {
  const { t } = useTranslation("frame");
  const Icon = choices.find((c) => c.theme === theme)?.icon ?? Monitor;
  return (
    <Menu.Root>
      <Menu.Trigger asChild>
        <IconButton label={t("theme.menu")} keys={useKey("theme")} side="end">
          <Icon />
        </IconButton>
      </Menu.Trigger>
      <Menu.Content side="end" align="end">
        {choices.map(({ theme: choice, icon: Each }) => (
          <Menu.Item key={choice} role="menuitemradio" aria-checked={theme === choice} onSelect={() => onTheme(choice)}>
            <Each className="size-4 text-ink-3" aria-hidden />
            <span className="flex-1">{t(`theme.${choice}`)}</span>
            {theme === choice && <Check className="size-4 text-accent" aria-hidden />}
          </Menu.Item>
        ))}
      </Menu.Content>
    </Menu.Root>
  );
}
