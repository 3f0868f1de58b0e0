import { Link, Outlet, useLocation } from "@tanstack/react-router";
import {
  Ban,
  Bell,
  BookOpen,
  Building2,
  ChevronRight,
  CircleDashed,
  Clock,
  FileSignature,
  Fingerprint,
  Gauge,
  HeartPulse,
  Keyboard,
  KeyRound,
  ListChecks,
  Lock,
  MessageSquareQuote,
  Plug,
  ScrollText,
  ShieldCheck,
  Tags,
  UserRound,
  Users,
  UsersRound,
  Webhook,
  Zap,
} from "lucide-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { LeaveGuard } from "./LeaveGuard";

interface Entry {
  to: string;
  label: string;
  icon: ComponentType<{ className?: string; "aria-hidden"?: boolean }>;
}

/** The list at the left; on a phone it is a page of its own. */
export function SettingsLayout() {
  const { t } = useTranslation("settings");
  const { pathname } = useLocation();
  const index = /^\/settings\/?$/.test(pathname);
  // On a phone the list is the page, so it carries the page's heading.
  const Title = index ? "h1" : "div";
  const groups: { title: string; entries: Entry[] }[] = [
    {
      title: t("nav.personal"),
      entries: [
        { to: "/settings/profile", label: t("nav.profile"), icon: UserRound },
        { to: "/settings/notifications", label: t("nav.notifications"), icon: Bell },
        { to: "/settings/keys", label: t("nav.keyboard"), icon: Keyboard },
        { to: "/settings/security", label: t("nav.security"), icon: Lock },
      ],
    },
    {
      title: t("nav.workspace"),
      entries: [
        { to: "/settings/workspace", label: t("nav.general"), icon: Building2 },
        { to: "/settings/people", label: t("nav.people"), icon: UsersRound },
        { to: "/settings/teams", label: t("nav.teams"), icon: Users },
        { to: "/settings/roles", label: t("nav.roles"), icon: ShieldCheck },
        { to: "/settings/channels", label: t("nav.channels"), icon: Plug },
        { to: "/settings/tags", label: t("nav.tags"), icon: Tags },
        { to: "/settings/sso", label: t("nav.sso"), icon: Fingerprint },
        { to: "/settings/tokens", label: t("nav.tokens"), icon: KeyRound },
        { to: "/settings/webhooks", label: t("nav.webhooks"), icon: Webhook },
        { to: "/settings/canned-replies", label: t("nav.cannedReplies"), icon: MessageSquareQuote },
        { to: "/settings/macros", label: t("nav.macros"), icon: Zap },
        { to: "/settings/attributes", label: t("nav.attributes"), icon: ListChecks },
        { to: "/settings/statuses", label: t("nav.statuses"), icon: CircleDashed },
        { to: "/settings/hours", label: t("nav.hours"), icon: Clock },
        { to: "/settings/mail-signing", label: t("nav.mailSigning"), icon: FileSignature },
        { to: "/settings/blocked", label: t("nav.blocked"), icon: Ban },
        { to: "/settings/audit", label: t("nav.audit"), icon: ScrollText },
        { to: "/settings/usage", label: t("nav.usage"), icon: Gauge },
        { to: "/settings/system", label: t("nav.system"), icon: HeartPulse },
      ],
    },
  ];
  return (
    <div className="flex h-full min-h-0">
      <nav aria-label={t("title")} className={`scroll w-[208px] shrink-0 overflow-y-auto border-e border-line p-3 max-md:w-full max-md:border-e-0 ${index ? "" : "max-md:hidden"}`}>
        <Title className="px-2 pt-2 pb-3 text-lg font-semibold tracking-[-0.015em]">{t("title")}</Title>
        {groups.map((g) => (
          <div key={g.title} className="mb-4">
            <h2 className="px-2 pb-1 text-2xs font-medium text-ink-3">{g.title}</h2>
            <ul>
              {g.entries.map(({ to, label, icon: Icon }) => {
                const here = pathname === to || pathname.startsWith(`${to}/`);
                return (
                  <li key={to}>
                    <Link
                      to={to}
                      aria-current={here ? "page" : undefined}
                      className={`flex h-8 items-center gap-2.5 rounded-sm px-2 text-sm focus-visible:-outline-offset-2 max-md:h-12 max-md:text-md ${here ? "bg-press font-medium text-ink" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
                    >
                      <Icon className="size-4 shrink-0 text-ink-3" aria-hidden />
                      <span className="flex-1 truncate">{label}</span>
                      <ChevronRight className="size-4 text-ink-3 md:hidden" aria-hidden />
                    </Link>
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
        <a
          href="/api/docs"
          target="_blank"
          rel="noopener"
          className="flex h-8 items-center gap-2.5 rounded-sm px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink focus-visible:-outline-offset-2 max-md:h-12 max-md:text-md"
        >
          <BookOpen className="size-4 text-ink-3" aria-hidden />
          {t("nav.apiDocs")}
        </a>
      </nav>
      <div className={`min-w-0 flex-1 ${index ? "max-md:hidden" : ""}`}>
        <Outlet />
        <LeaveGuard />
      </div>
    </div>
  );
}
