import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError, signOut, useMe } from "@/api/client";
import { turnOff } from "@/lib/push";
import { Avatar, Menu, toast } from "@/ui";

/** Who is signed in, and the way out. */
export function MeMenu() {
  const { t } = useTranslation("frame");
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  if (!me) return null;
  const { name, email } = me.account;

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
      <Menu.Trigger aria-label={t("me.menu", { name })} title={name} className="mt-1 rounded-full">
        <Avatar name={name} id={me.member_id} size={30} />
      </Menu.Trigger>
      <Menu.Content side="right" align="end">
        <div className="mb-1 max-w-64 border-b border-line px-2 pt-1 pb-2">
          <p className="truncate text-sm font-medium">{name}</p>
          <p className="truncate text-xs text-ink-3">{email}</p>
          <p className="mt-1 truncate text-xs text-ink-2">{me.workspace.name}</p>
        </div>
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
