import { Link } from "@tanstack/react-router";
import { ArrowLeft, Lock } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import { may } from "@/lib/may";

interface Props {
  title: string;
  lead?: ReactNode;
  action?: ReactNode;
  /** Where the arrow leads on a phone, and on pages below another page. */
  back?: { to: string; label: string };
  /** For those who change the workspace. */
  adminOnly?: boolean;
  /** For those with this permission. */
  needs?: string;
  children: ReactNode;
}

/** One settings page: title, one action, content at most 1080 wide. */
export function SettingsPage({ title, lead, action, back, adminOnly, needs, children }: Props) {
  const { t } = useTranslation("settings");
  const me = useMe();
  const permission = needs ?? (adminOnly ? "workspace.manage" : undefined);
  const denied = !!permission && me && !may(me, permission);
  useEffect(() => {
    document.title = `${title} · Switchboard`;
  }, [title]);
  return (
    <div className="scroll h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-[1080px] px-8 py-7 max-md:px-4 max-md:py-4">
        <Link
          to={back?.to ?? "/settings"}
          className={`mb-3 -ms-1 flex h-8 w-fit items-center gap-1.5 rounded-sm px-1 text-sm text-ink-3 hover:text-ink max-md:h-11 ${back ? "" : "md:hidden"}`}
        >
          <ArrowLeft className="size-4" aria-hidden />
          {back?.label ?? t("title")}
        </Link>
        <header className="mb-6 flex flex-wrap items-start gap-x-4 gap-y-3">
          <div className="min-w-0 flex-1">
            <h1 className="text-lg font-semibold tracking-[-0.015em] [overflow-wrap:anywhere]">{title}</h1>
            {lead && <p className="mt-1 text-sm text-ink-2">{lead}</p>}
          </div>
          {!denied && action}
        </header>
        {denied ? <Denied workspace={me.workspace.name} /> : permission && !me ? <RowsSkeleton /> : children}
      </div>
    </div>
  );
}

function Denied({ workspace }: { workspace: string }) {
  const { t } = useTranslation("settings");
  return (
    <div className="flex flex-col items-center gap-3 py-16 text-center">
      <span className="grid size-12 place-items-center rounded-full bg-hover text-ink-3">
        <Lock className="size-5" aria-hidden />
      </span>
      <p className="max-w-80 text-sm text-ink-2">{t("denied", { workspace })}</p>
    </div>
  );
}

export function Section({ title, lead, action, children }: { title: string; lead?: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="mb-8">
      <header className="mb-3 flex flex-wrap items-end gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1">
          <h2 className="text-md font-semibold tracking-[-0.012em]">{title}</h2>
          {lead && <p className="mt-0.5 text-sm text-ink-3">{lead}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}

/** Rows on one card, divided by hairlines. */
export function Rows({ children, label }: { children: ReactNode; label?: string }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-raised empty:hidden" aria-label={label}>
      {children}
    </ul>
  );
}

export function RowsSkeleton({ count = 3 }: { count?: number }) {
  const { t } = useTranslation("settings");
  return (
    <div className="divide-y divide-line rounded-lg border border-line" role="status" aria-label={t("loading")}>
      {Array.from({ length: count }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the placeholders never change place
        <div key={i} className="flex items-center gap-3 p-4">
          <div className="skel size-8 rounded-full" />
          <div className="flex-1">
            <div className="skel mb-1.5 h-3.5 w-1/3" />
            <div className="skel h-3 w-1/2" />
          </div>
        </div>
      ))}
    </div>
  );
}
