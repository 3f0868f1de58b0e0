import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { clsx } from "clsx";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvents, useMe } from "@/api/client";
import { speak, words } from "@/app/i18n";
import { takeFrame } from "@/features/inbox/cache";
import { useLiveNotifications } from "@/features/notifications/data";
import { applyKeys } from "@/lib/keymap";
import { useLiveAttributes } from "@/lib/live-attributes";
import { choiceOf } from "@/lib/language";
import { takeOpened } from "@/lib/opened";
import { keepPush } from "@/lib/push";
import { useSending } from "@/lib/sending";
import { useStandstill } from "@/lib/standstill";
import { useTheme } from "@/lib/theme";
import { ConnectionBanner } from "./ConnectionBanner";
import { useGlobalKeys } from "./keyboard";
import { BottomBar, Rail } from "./Rail";
import { useFrame } from "./state";
import { useActivity } from "./use-activity";

const Palette = lazy(async () => {
  const [panel] = await Promise.all([import("@/features/find/Palette"), words("find")]);
  return { default: panel.default };
});
const PreviewBanner = lazy(() => import("./PreviewBanner").then((m) => ({ default: m.PreviewBanner })));
const StandstillBanner = lazy(() => import("./StandstillBanner").then((m) => ({ default: m.StandstillBanner })));
const SendingBanner = lazy(() => import("./SendingBanner").then((m) => ({ default: m.SendingBanner })));
const ShortcutHelp = lazy(() => import("./ShortcutHelp").then((m) => ({ default: m.ShortcutHelp })));

/** The white sheet a page lies on. */
export function Sheet({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <main
      id="main"
      tabIndex={-1}
      className={clsx("min-h-0 min-w-0 flex-1 overflow-hidden bg-sheet outline-none md:rounded-xl md:shadow-[0_0_0_1px_var(--line),var(--shadow-2)]", className)}
    >
      {children}
    </main>
  );
}

/** What is around every page. The inbox brings its own sheet, since its views lie beside it. */
export function Frame() {
  const { t } = useTranslation("frame");
  const [theme, setTheme] = useTheme();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const palette = useFrame((s) => s.palette);
  const help = useFrame((s) => s.help);
  const everPalette = useEver(palette);
  const everHelp = useEver(help);
  const looking = !!useMe()?.preview;
  const sending = useSending().data;
  const still = useStandstill().data?.standstill;
  const stopped = sending?.stopped ? sending : null;
  useLive(path);
  useLanguage();
  useOwnKeys();
  useOpened();
  useActivity();

  const toggleTheme = useCallback(() => setTheme(document.documentElement.classList.contains("dark") ? "light" : "dark"), [setTheme]);
  useGlobalKeys(toggleTheme);

  const inInbox = path === "/inbox" || path.startsWith("/inbox/");
  const inThread = /^\/inbox\/[^/]+/.test(path);

  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to a place on this page, without touching the address */}
      <a
        href="#main"
        onClick={(e) => {
          e.preventDefault();
          document.getElementById("main")?.focus();
        }}
        className="sr-only focus:not-sr-only focus:fixed focus:start-2 focus:top-2 focus:z-50 focus:rounded-sm focus:bg-raised focus:px-3 focus:py-2 focus:text-sm focus:shadow-2"
      >
        {t("skip")}
      </a>
      <div className="flex h-full">
        <Rail theme={theme} onTheme={setTheme} />
        <div className="flex min-w-0 flex-1 flex-col">
          <div className="flex min-h-0 flex-1 flex-col md:py-2 md:pe-2">
            <ConnectionBanner />
            <Suspense fallback={null}>{looking && <PreviewBanner />}</Suspense>
            <Suspense fallback={null}>{still && <StandstillBanner standstill={still} />}</Suspense>
            <Suspense fallback={null}>{stopped && <SendingBanner state={stopped} />}</Suspense>
            <div className="flex min-h-0 flex-1">
              {inInbox ? (
                <Outlet />
              ) : (
                <Sheet>
                  <Outlet />
                </Sheet>
              )}
            </div>
          </div>
          {!inThread && <BottomBar />}
        </div>
      </div>
      {everPalette && (
        <Suspense fallback={null}>
          <Palette onToggleTheme={toggleTheme} />
        </Suspense>
      )}
      {everHelp && (
        <Suspense fallback={null}>
          <ShortcutHelp />
        </Suspense>
      )}
    </>
  );
}

/** Whether it has been wanted before; what was loaded stays, so that it can close as it opened. */
function useEver(wanted: boolean): boolean {
  const [ever, setEver] = useState(wanted);
  if (wanted && !ever) setEver(true);
  return ever || wanted;
}

/** Whatever page is open, what is known stays true. */
function useLive(path: string) {
  const client = useQueryClient();
  useEvents((frame) => takeFrame(client, frame));
  useLiveAttributes();
  useLiveNotifications(/^\/inbox\/([^/]+)/.exec(path)?.[1]);
}

/** Pages speak as whoever is signed in has chosen. */
function useLanguage() {
  const me = useMe();
  const choice = me && !me.preview ? choiceOf(me.preferences.language) : null;
  useEffect(() => {
    if (choice) void speak(choice);
  }, [choice]);
}

/** Keys do what whoever is signed in has said. */
function useOwnKeys() {
  const preferences = useMe()?.preferences;
  useEffect(() => applyKeys(preferences), [preferences]);
}

/** Where a click on what the browser showed leads; and pushes go on after a new sign-in. */
function useOpened() {
  const navigate = useNavigate();
  const account = useMe()?.account.id;
  useEffect(() => {
    if (account) keepPush(account).catch(() => {});
  }, [account]);
  useEffect(() => takeOpened((path) => void navigate({ to: path })), [navigate]);
}
