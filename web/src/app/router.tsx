import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate, Outlet, redirect, useParams } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, type Me, meQuery, whenExpired } from "@/api/client";
import { Frame } from "@/features/frame/Frame";
import { useNarrow } from "@/lib/use-narrow";
import { Button, EmptyState } from "@/ui";
import { Fault } from "./Boundary";
import { words } from "./i18n";
import { queries } from "./queries";

// biome-ignore lint/suspicious/noExplicitAny: pages take what their address says
type PageComponent = ComponentType<any>;

/** A page with its words, loaded when it is first gone to; the parts of its address are its properties. */
function page<M>(load: () => Promise<M>, pick: (module: M) => PageComponent, ...namespaces: string[]) {
  return lazyRouteComponent(async () => {
    const [module] = await Promise.all([load(), words(...namespaces)]);
    const Page = pick(module);
    return {
      default: function Addressed() {
        const params = useParams({ strict: false });
        return <Page key={"id" in params ? params.id : undefined} {...params} />;
      },
    };
  });
}
const search = (s: Record<string, unknown>) => s;

const root = createRootRoute({
  component: Outlet,
  validateSearch: search,
  errorComponent: ({ error, reset }) => <Fault error={error} retry={reset} />,
  notFoundComponent: NotFound,
});

/** Who is there? Nobody yet: to the setup of a new installation, or to the door. */
async function signedIn({ location }: { location: { href: string } }) {
  try {
    await queries.ensureQueryData(meQuery);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const { needed } = await api.get<{ needed: boolean }>("/setup");
    throw needed ? redirect({ to: "/setup", replace: true }) : redirect({ to: "/sign-in", search: { next: location.href }, replace: true });
  }
}

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Frame, beforeLoad: signedIn, pendingComponent: Boot, pendingMs: 150 });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox", replace: true });
  },
});
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: page(
    () => import("@/features/setup/SetupPage"),
    (m) => m.SetupPage,
    "setup",
  ),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: page(
    () => import("@/features/auth/SignInPage"),
    (m) => m.SignInPage,
    "auth",
    "setup",
  ),
});
const forgot = createRoute({
  getParentRoute: () => root,
  path: "/forgot-password",
  component: page(
    () => import("@/features/auth/ForgotPage"),
    (m) => m.ForgotPage,
    "auth",
    "setup",
  ),
});
const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset-password/$token",
  component: page(
    () => import("@/features/auth/ResetPage"),
    (m) => m.ResetPage,
    "auth",
    "setup",
  ),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitations/$token",
  component: page(
    () => import("@/features/auth/InvitationPage"),
    (m) => m.InvitationPage,
    "auth",
    "setup",
  ),
});

const inboxPage = () => import("@/features/inbox/InboxPage");
// One route with an optional end, so that going from one conversation to the next keeps the page.
const inbox = createRoute({
  getParentRoute: () => shell,
  path: "/inbox/{-$id}",
  component: lazyRouteComponent(inboxPage, "InboxPage"),
});
const everything = createRoute({
  getParentRoute: () => shell,
  path: "/search",
  component: page(
    () => import("@/features/find/FindPage"),
    (m) => m.FindPage,
    "find",
  ),
});
const contacts = createRoute({
  getParentRoute: () => shell,
  path: "/contacts",
  component: page(
    () => import("@/features/contacts/ContactsPage"),
    (m) => m.ContactsPage,
    "contacts",
  ),
});
const contact = createRoute({
  getParentRoute: () => shell,
  path: "/contacts/$id",
  component: page(
    () => import("@/features/contacts/ContactPage"),
    (m) => m.ContactPage,
    "contacts",
    "details",
    "attributes",
    "calls",
  ),
});
const journal = createRoute({
  getParentRoute: () => shell,
  path: "/journal",
  component: page(
    () => import("@/features/journal/JournalPage"),
    (m) => m.JournalPage,
    "journal",
  ),
});
const scheduled = createRoute({
  getParentRoute: () => shell,
  path: "/scheduled",
  component: page(
    () => import("@/features/inbox/scheduled/ScheduledPage"),
    (m) => m.ScheduledPage,
    "scheduled",
    "composer",
  ),
});
const trash = createRoute({
  getParentRoute: () => shell,
  path: "/trash",
  component: page(
    () => import("@/features/inbox/shaping/TrashPage"),
    (m) => m.TrashPage,
    "shaping",
  ),
});

const notifications = createRoute({
  getParentRoute: () => shell,
  path: "/notifications",
  component: page(
    () => import("@/features/notifications/NotificationsPage"),
    (m) => m.NotificationsPage,
    "notifications",
  ),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  component: page(
    () => import("@/features/settings/SettingsLayout"),
    (m) => m.SettingsLayout,
    "settings",
  ),
});
const under = <M,>(path: string, load: () => Promise<M>, pick: (module: M) => PageComponent, ...more: string[]) =>
  createRoute({ getParentRoute: () => settings, path, component: page(load, pick, "settings", ...more) });
const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  component: SettingsHome,
});

const tree = root.addChildren([
  home,
  setup,
  signIn,
  invitation,
  forgot,
  reset,
  shell.addChildren([
    inbox,
    everything,
    contacts,
    contact,
    journal,
    notifications,
    scheduled,
    trash,
    settings.addChildren([
      settingsHome,
      under(
        "profile",
        () => import("@/features/settings/ProfilePage"),
        (m) => m.ProfilePage,
        "composer",
      ),
      under(
        "workspace",
        () => import("@/features/settings/WorkspacePage"),
        (m) => m.WorkspacePage,
        "usage",
      ),
      under(
        "people",
        () => import("@/features/settings/PeoplePage"),
        (m) => m.PeoplePage,
      ),
      under(
        "channels",
        () => import("@/features/settings/ChannelsPage"),
        (m) => m.ChannelsPage,
      ),
      under(
        "channels/new",
        () => import("@/features/settings/AddChannelPage"),
        (m) => m.AddChannelPage,
      ),
      under(
        "channels/$id",
        () => import("@/features/settings/ChannelPage"),
        (m) => m.ChannelPage,
      ),
      under(
        "tags",
        () => import("@/features/settings/TagsPage"),
        (m) => m.TagsPage,
      ),
      under(
        "teams",
        () => import("@/features/settings/access/TeamsPage"),
        (m) => m.TeamsPage,
      ),
      under(
        "roles",
        () => import("@/features/settings/access/RolesPage"),
        (m) => m.RolesPage,
      ),
      under(
        "security",
        () => import("@/features/settings/trust/SecurityPage"),
        (m) => m.SecurityPage,
      ),
      under(
        "sso",
        () => import("@/features/settings/trust/SsoPage"),
        (m) => m.SsoPage,
      ),
      under(
        "audit",
        () => import("@/features/settings/audit/AuditPage"),
        (m) => m.AuditPage,
      ),
      under(
        "usage",
        () => import("@/features/settings/usage/UsagePage"),
        (m) => m.UsagePage,
        "usage",
      ),
      under(
        "system",
        () => import("@/features/settings/system/SystemPage"),
        (m) => m.SystemPage,
      ),
      under(
        "tokens",
        () => import("@/features/settings/TokensPage"),
        (m) => m.TokensPage,
      ),
      under(
        "notifications",
        () => import("@/features/settings/NotificationsPage"),
        (m) => m.NotificationsPage,
      ),
      under(
        "keys",
        () => import("@/features/settings/KeysPage"),
        (m) => m.KeysPage,
        "keyboard",
      ),
      under(
        "canned-replies",
        () => import("@/features/settings/CannedRepliesPage"),
        (m) => m.CannedRepliesPage,
        "replies",
        "composer",
      ),
      under(
        "macros",
        () => import("@/features/settings/MacrosPage"),
        (m) => m.MacrosPage,
        "replies",
        "composer",
      ),
      under(
        "blocked",
        () => import("@/features/settings/BlockedPage"),
        (m) => m.BlockedPage,
        "shaping",
      ),
      under(
        "mail-signing",
        () => import("@/features/settings/MailDomainsPage"),
        (m) => m.MailDomainsPage,
        "mail",
      ),
      under(
        "hours",
        () => import("@/features/settings/hours/HoursPage"),
        (m) => m.HoursPage,
        "hours",
      ),
      under(
        "webhooks",
        () => import("@/features/settings/webhooks/WebhooksPage"),
        (m) => m.WebhooksPage,
        "webhooks",
      ),
      under(
        "webhooks/receiver",
        () => import("@/features/settings/webhooks/ReceiverPage"),
        (m) => m.ReceiverPage,
        "webhooks",
      ),
      under(
        "webhooks/$id",
        () => import("@/features/settings/webhooks/WebhookPage"),
        (m) => m.WebhookPage,
        "webhooks",
      ),
      under(
        "attributes",
        () => import("@/features/settings/attributes/AttributesPage"),
        (m) => m.AttributesPage,
        "attributes",
      ),
      under(
        "statuses",
        () => import("@/features/settings/attributes/StatusesPage"),
        (m) => m.StatusesPage,
        "statuses",
      ),
    ]),
  ]),
]);

export const router = createRouter({ routeTree: tree, defaultPreload: "intent", defaultPreloadDelay: 60, scrollRestoration: false });

whenExpired(() => {
  // Before anyone was known, the route itself decides where to go.
  if (!queries.getQueryData<Me>(["me"])) return;
  queries.removeQueries({ queryKey: ["me"] });
  void router.navigate({ to: "/sign-in", search: { next: router.state.location.href }, replace: true });
});

function Boot() {
  return (
    <div aria-hidden className="boot">
      <span />
      <span />
      <b />
    </div>
  );
}

/** On a phone the list of the settings is a page of its own; beside it there is always one of them. */
function SettingsHome() {
  return useNarrow() ? null : <Navigate to="/settings/profile" replace />;
}

function NotFound() {
  const { t } = useTranslation("common");
  return (
    <div className="grid h-full w-full place-items-center bg-sheet">
      <EmptyState
        icon={Compass}
        title={t("notFound")}
        text={t("notFoundText")}
        action={
          <Button asChild>
            <a href="/inbox">{t("toInbox")}</a>
          </Button>
        }
      />
    </div>
  );
}
