import { Link, useRouterState } from "@tanstack/react-router";
import { clsx } from "clsx";
import { CircleHelp, Inbox, ScrollText, Search, Settings, UsersRound } from "lucide-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import { useKeys } from "@/lib/keymap";
import type { Theme } from "@/lib/theme";
import { IconButton, Tip } from "@/ui";
import { Bell, BellLink } from "./Bell";
import type { Place } from "./bindings";
import { MeMenu } from "./MeMenu";
import { useFrame } from "./state";
import { ThemeMenu } from "./ThemeMenu";

interface Entry {
  to: Place | "/search";
  name: "inbox" | "contacts" | "search" | "journal" | "settings";
  icon: ComponentType<{ className?: string; strokeWidth?: number }>;
  permission?: string;
  /** Where there is no room for the views pane, whose field leads there otherwise. */
  narrow?: boolean;
}

const all: Entry[] = [
  { to: "/inbox", name: "inbox", icon: Inbox },
  { to: "/contacts", name: "contacts", icon: UsersRound },
  { to: "/search", name: "search", icon: Search, narrow: true },
  { to: "/journal", name: "journal", icon: ScrollText, permission: "journal.read" },
  { to: "/settings", name: "settings", icon: Settings },
];

function useEntries() {
  const me = useMe();
  const path = useRouterState({ select: (s) => s.location.pathname });
  return all.filter((e) => !e.permission || me?.permissions.includes(e.permission)).map((e) => ({ ...e, active: path === e.to || path.startsWith(`${e.to}/`) }));
}

/** The pages, at the window's left edge. */
export function Rail({ theme, onTheme }: { theme: Theme; onTheme: (theme: Theme) => void }) {
  const keysOf = useKeys();
  const { t } = useTranslation("frame");
  return (
    <nav aria-label={t("main")} className="flex w-[52px] shrink-0 flex-col items-center gap-1 py-2.5 max-md:hidden">
      <Link to="/inbox" aria-label={t("home")} className="mb-2 flex size-8 items-center justify-center rounded-lg bg-accent text-accent-fg shadow-1">
        <svg viewBox="0 0 20 20" className="size-[18px]" fill="none" stroke="currentColor" strokeWidth="2.1" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
          <path d="M3 11.5h3.6l1.2 2.4h4.4l1.2-2.4H17" />
          <path d="M5.2 4.5h9.6L17 11.5V15a1.6 1.6 0 0 1-1.6 1.6H4.6A1.6 1.6 0 0 1 3 15v-3.5z" />
        </svg>
      </Link>
      {useEntries()
        .filter((e) => !e.narrow)
        .map(({ to, name, icon: Icon, active }) => (
          <Tip key={to} label={t(name)} keys={keysOf(name === "search" ? "find" : name)} side="end">
            <Link
              to={to}
              aria-label={t(name)}
              aria-current={active ? "page" : undefined}
              className={clsx(
                "flex size-9 items-center justify-center rounded-md transition-colors",
                active ? "bg-raised text-accent-ink shadow-1" : "text-ink-3 hover:bg-press hover:text-ink",
              )}
            >
              <Icon className="size-[19px]" strokeWidth={active ? 2.1 : 1.8} />
            </Link>
          </Tip>
        ))}
      <div className="flex-1" />
      <Bell />
      <IconButton label={t("help")} keys={keysOf("help")} side="end" aria-haspopup="dialog" onClick={() => useFrame.setState({ help: true })}>
        <CircleHelp />
      </IconButton>
      <ThemeMenu theme={theme} onTheme={onTheme} />
      <MeMenu />
    </nav>
  );
}

/** The same pages under the thumb, on narrow windows. */
export function BottomBar() {
  const { t } = useTranslation("frame");
  return (
    <nav aria-label={t("main")} className="flex min-h-14 shrink-0 items-stretch justify-around border-t border-line bg-canvas pb-[env(safe-area-inset-bottom)] md:hidden">
      {useEntries().map(({ to, name, icon: Icon, active }) => (
        <Link
          key={to}
          to={to}
          aria-current={active ? "page" : undefined}
          className={clsx("inset-focus flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-2xs", active ? "text-accent-ink" : "text-ink-3")}
        >
          <Icon className="size-5" strokeWidth={1.9} />
          <span className="max-w-full truncate">{t(`tab.${name}`)}</span>
        </Link>
      ))}
      <BellLink />
      <div className="flex min-w-11 flex-1 items-center justify-center pb-1">
        <MeMenu />
      </div>
    </nav>
  );
}
