import { Link } from "@tanstack/react-router";
import { CirclePause, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import type { Standstill } from "@/api/types";
import { may } from "@/lib/may";
import { since } from "@/lib/sending";

/** Says on every page that nothing leaves the workspace, and why; leads to where that is decided. */
export function StandstillBanner({ standstill }: { standstill: Standstill }) {
  const { t, i18n } = useTranslation("archives");
  const me = useMe();
  const going = standstill.reason === "deletion";
  const Icon = going ? Trash2 : CirclePause;
  const words = going
    ? t("banner.deletionWhen", { name: standstill.by_name ?? t("banner.operator"), at: since(standstill.due_at ?? standstill.since, i18n.language) })
    : t("banner.movedText");
  return (
    <div role="status" className={`flex min-h-9 items-center gap-2 px-3 py-1 text-sm md:mb-2 md:rounded-md ${going ? "bg-bad-soft text-bad" : "bg-warn-soft text-warn"}`}>
      <Icon className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1">
        <span className="font-medium">{t(going ? "banner.deletion" : "banner.moved")}</span> <span className="max-md:block max-md:text-xs">{words}</span>
      </p>
      {may(me, "workspace.manage") && (
        <Link to="/settings/workspace" className="shrink-0 rounded-sm px-2 py-1 font-medium underline underline-offset-2 max-md:py-3">
          {t("banner.look")}
        </Link>
      )}
    </div>
  );
}
