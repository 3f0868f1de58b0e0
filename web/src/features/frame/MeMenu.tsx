import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError, api, signOut, useMe } from "@/api/client";
import { statusOf, useAvailability } from "@/features/inbox/data";
import { turnOff } from "@/lib/push";
import { Avatar, Menu, toast } from "@/ui";
import { PresenceDot } from "@/ui/PresenceDot";

/** Who is signed in, and the way out. */
export function MeMenu() {
  const { t } = useTranslation("frame");
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const presence = useAvailability();
  if (!me) return null;
  const { name, email } = me.account;
  const own = presence.get(me.member_id);
  const status = statusOf(presence, me.member_id);
  // Online is what one is by being here.
  const chosen = !own || own.chosen === "auto" ? "online" : own.chosen;
  const choose = async (to: "online" | "away" | "busy") => {
    try {
      await api.put("/me/presence", { status: to });
      await client.invalidateQueries({ queryKey: ["presence"] });
    } catch {
      toast.error(t("me.presence.failed"));
    }
  };

  const leave = async () => {
    try {
      // What is pushed here belongs to whoever is signed in here.
      await turnOff().catch(() => {});
      await signOut(client);
    } catch (e) {
      // A session that has already ended is as good as signed out.
      if (!(e instanceof ApiError && e.status === 401)) return void toast.error(t("me.signOutFailed"));
      client.clear();
    }
    await navigate({ to: "/sign-in" });
  };

  return (
    <Menu.Root>
      <Menu.Trigger aria-label={t("me.menu", { name })} title={name} className="relative mt-1 rounded-full max-md:after:absolute max-md:after:-inset-[7px]">
        <Avatar name={name} id={me.member_id} size={30} badge={<PresenceDot status={status} label={t(`me.presence.${status}`)} className="me-1 mb-1 size-2.5 ring-2" />} />
      </Menu.Trigger>
      <Menu.Content side="end" align="end">
        <div className="mb-1 max-w-64 border-b border-line px-2 pt-1 pb-2">
          <p className="truncate text-sm font-medium">{name}</p>
          <p className="truncate text-xs text-ink-3">{email}</p>
          <p className="mt-1 truncate text-xs text-ink-2">{me.workspace.name}</p>
        </div>
        {!me.preview &&
          (["online", "away", "busy"] as const).map((s) => (
            <Menu.Choice key={s} icon={<PresenceDot status={s} label="" className="mx-1 ring-0" />} checked={chosen === s} onSelect={() => void choose(s)}>
              {t(`me.presence.${s}`)}
            </Menu.Choice>
          ))}
        <Menu.Separator />
        <Menu.Item onSelect={() => void navigate({ to: "/settings/profile" })}>
          <UserRound className="size-4 text-ink-3" aria-hidden />
          {t("me.profile")}
        </Menu.Item>
        <Menu.Item onSelect={() => void leave()}>
          <LogOut className="size-4 text-ink-3" aria-hidden />
          {t("me.signOut")}
        </Menu.Item>
      </Menu.Content>
    </Menu.Root>
  );
}
