import { ChevronDown } from "lucide-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Status } from "@/api/types";
import { useWish } from "@/features/inbox/bus";
import { useActs } from "@/features/inbox/data";
import { baseOf, useSubStatuses } from "@/lib/attributes";
import { Label, LabelDot, Menu, StatusIcon } from "@/ui";

const BASES = ["open", "pending", "snoozed", "resolved"] as const satisfies Status[];

/** The status with the workspace's own name for it, and all that can be chosen. */
export function StatusMenu({ conversation: c, onSnooze }: { conversation: Conversation; onSnooze: (sub: string | null) => void }) {
  const { t } = useTranslation(["thread", "common"]);
  const acts = useActs();
  const subs = useSubStatuses().data ?? [];
  const [open, setOpen] = useState(false);
  useWish("status", () => setOpen(true));
  const words = t(`common:status.${c.status}`);
  const choose = (status: Status, sub: string | null) => {
    // A time has to be chosen first, unless it is snoozed already.
    if (status === "snoozed" && c.status !== "snoozed") return onSnooze(sub);
    if (status === baseOf(c.status)) return void acts.setSubStatus([c.id], sub);
    void acts.setStatus([c.id], status, undefined, sub);
  };
  return (
    <Menu.Root open={open} onOpenChange={setOpen}>
      <Menu.Trigger
        aria-label={t("statusIs", { status: c.sub_status ? `${words}, ${c.sub_status.name}` : words })}
        className="inline-flex h-6 max-w-44 shrink-0 items-center gap-1 rounded-full px-1.5 text-xs text-ink-2 hover:bg-hover data-[state=open]:bg-hover max-md:h-9"
      >
        <StatusIcon status={c.status} className="size-3.5" />
        {c.sub_status ? <Label hue={c.sub_status.hue}>{c.sub_status.name}</Label> : <span className="truncate">{words}</span>}
        <ChevronDown className="size-3 shrink-0 text-ink-3" aria-hidden />
      </Menu.Trigger>
      <Menu.Content align="start" className="max-h-[70vh] overflow-y-auto">
        {BASES.map((base, i) => {
          const own = subs.filter((s) => s.status === base);
          const here = baseOf(c.status) === base;
          return (
            <Fragment key={base}>
              {i > 0 && (own.length > 0 || subs.some((s) => s.status === BASES[i - 1])) && <Menu.Separator />}
              <Menu.Choice icon={<StatusIcon status={base} />} checked={here && !c.sub_status} onSelect={() => choose(base, null)}>
                {t(`common:status.${base}`)}
              </Menu.Choice>
              {own.map((s) => (
                <Menu.Choice key={s.id} icon={<LabelDot hue={s.hue} className="mx-1" />} checked={c.sub_status?.id === s.id} onSelect={() => choose(base, s.id)}>
                  {s.name}
                </Menu.Choice>
              ))}
            </Fragment>
          );
        })}
      </Menu.Content>
    </Menu.Root>
  );
}
