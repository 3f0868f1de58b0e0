import { ArrowLeft, CircleCheck, Clock, MoreHorizontal, PanelRight, RotateCcw, UserPlus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail, Descriptor } from "@/api/types";
import { bus, useWish } from "@/features/inbox/bus";
import { SnoozeDialog } from "@/features/inbox/composer/SnoozeDialog";
import { statusOf, useActs, useAvailability, useMe, useMembers, useTeams, useZone } from "@/features/inbox/data";
import { Avatar, Button, ChannelDisc, IconButton, Menu, toast } from "@/ui";
import { PresenceDot } from "@/ui/PresenceDot";
import { TeamBadge } from "@/ui/TeamBadge";
import { useNavigate } from "@tanstack/react-router";

const AccessDialog = lazy(() => import("./AccessDialog").then((m) => ({ default: m.AccessDialog })));
const AssignmentsDialog = lazy(() => import("./AssignmentsDialog").then((m) => ({ default: m.AssignmentsDialog })));

interface Props {
  detail: ConversationDetail;
  descriptor?: Descriptor;
  onBack?: () => void;
  onToggleDetails: () => void;
}

/** Who and what, and what one does with the whole conversation. */
export function Header({ detail: c, descriptor, onBack, onToggleDetails }: Props) {
  const { t, i18n } = useTranslation("thread");
  const me = useMe();
  const acts = useActs();
  const members = useMembers();
  const zone = useZone();
  const navigate = useNavigate();
  const teams = useTeams();
  const presence = useAvailability();
  const [snoozing, setSnoozing] = useState(false);
  const [asking, setAsking] = useState(false);
  const [told, setTold] = useState(false);
  const [assigning, setAssigning] = useState(false);
  const [prioritising, setPrioritising] = useState(false);
  const person = c.contact?.name ?? c.participants[0]?.name ?? c.participants[0]?.address ?? t("somebody");
  const title = (descriptor?.capabilities.subject && c.subject) || person;
  const closed = c.status === "resolved" || c.status === "archived" || c.status === "spam";
  const assignee = members.find((m) => m.id === c.assignee_id);
  const closeOrOpen = () => void acts.setStatus([c.id], closed ? "open" : "resolved");
  const remove = async () => {
    const gone = await acts.remove([c.id]);
    if (gone) await navigate({ to: "/inbox", search: ((now: object) => ({ ...now, message: undefined })) as never });
  };
  useWish("closeReopen", closeOrOpen);
  useWish("closeThis", closeOrOpen);
  useWish("snooze", () => setSnoozing(true));
  useWish("assign", () => setAssigning(true));
  useWish("priority", () => setPrioritising(true));
  const until =
    c.status === "snoozed" && c.snoozed_until
      ? new Intl.DateTimeFormat(i18n.language, { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(c.snoozed_until))
      : null;
  return (
    <header className="flex h-15 shrink-0 items-center gap-1.5 border-b border-line ps-6 pe-2 max-md:ps-1">
      {onBack && (
        <IconButton label={t("back")} onClick={onBack}>
          <ArrowLeft />
        </IconButton>
      )}
      <div className="min-w-0 flex-1">
        <h2 className="truncate text-md font-semibold">{title}</h2>
        <p className="flex items-center gap-1.5 text-xs text-ink-3">
          <ChannelDisc channel={c.channel} provider={c.provider} size={14} />
          <span className="truncate">
            {title === person ? c.channel_name : `${person} · ${c.channel_name}`} · #{c.number}
          </span>
          {until && <span className="shrink-0 text-warn">{t("snoozedUntil", { time: until })}</span>}
        </p>
      </div>
      <Menu.Root open={assigning} onOpenChange={setAssigning}>
        <Menu.Trigger asChild>
          <IconButton label={assignee ? t("assignedTo", { name: assignee.name }) : t("assign")}>
            {assignee ? <Avatar name={assignee.name} id={assignee.id} size={24} /> : <UserPlus />}
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          <Menu.Item onSelect={() => void acts.assign([c.id], "me")}>{t("me")}</Menu.Item>
          <Menu.Item onSelect={() => void acts.assign([c.id], null)}>{t("nobody")}</Menu.Item>
          {members
            .filter((m) => m.id !== me?.member_id)
            .map((m) => (
              <Menu.Item key={m.id} onSelect={() => void acts.assign([c.id], m.id)}>
                <Avatar
                  name={m.name}
                  id={m.id}
                  size={20}
                  badge={<PresenceDot status={statusOf(presence, m.id)} label={t(`presence.${statusOf(presence, m.id)}`)} className="me-0.5 mb-0.5 ring-raised" />}
                />
                <span className="min-w-0 flex-1 truncate">{m.name}</span>
                {presence.get(m.id)?.open != null && (
                  <span className="tnum text-2xs text-ink-3">
                    {presence.get(m.id)?.capacity ? `${presence.get(m.id)?.open} / ${presence.get(m.id)?.capacity}` : presence.get(m.id)?.open}
                  </span>
                )}
              </Menu.Item>
            ))}
          {teams.length > 0 && (
            <>
              <Menu.Separator />
              <Menu.Heading>{t("team")}</Menu.Heading>
              {teams.map((g) => (
                <Menu.Choice
                  key={g.id}
                  icon={<TeamBadge hue={g.hue} icon={g.icon} size={20} />}
                  checked={c.team_id === g.id}
                  onSelect={() => void acts.giveToTeam([c.id], c.team_id === g.id ? null : g.id)}
                >
                  {g.name}
                </Menu.Choice>
              ))}
            </>
          )}
        </Menu.Content>
      </Menu.Root>
      <span className="max-md:hidden">
        <IconButton label={t("snooze")} onClick={() => setSnoozing(true)}>
          <Clock />
        </IconButton>
      </span>
      <Menu.Root open={prioritising} onOpenChange={setPrioritising}>
        <Menu.Trigger asChild>
          <IconButton label={t("more")}>
            <MoreHorizontal />
          </IconButton>
        </Menu.Trigger>
        <Menu.Content align="end">
          <Menu.Item onSelect={() => setSnoozing(true)}>{t("snooze")}</Menu.Item>
          <Menu.Item onSelect={() => void acts.markRead([c.id], false)}>{t("markUnread")}</Menu.Item>
          {(["urgent", "high", "normal", "low"] as const).map((p) => (
            <Menu.Item key={p} onSelect={() => void acts.setPriority(c.id, p)}>
              <span className={c.priority === p ? "font-semibold" : ""}>{t(`priority.${p}`)}</span>
            </Menu.Item>
          ))}
          <Menu.Item onSelect={() => setAsking(true)}>{t("access.menu")}</Menu.Item>
          <Menu.Item onSelect={() => setTold(true)}>{t("assignments.menu")}</Menu.Item>
          <Menu.Item onSelect={() => void navigator.clipboard.writeText(`${location.origin}/inbox/${c.id}`).then(() => toast(t("menu.copied")))}>{t("copyLink")}</Menu.Item>
          <Menu.Item onSelect={() => void acts.setStatus([c.id], "spam")}>{t("spam")}</Menu.Item>
          {me?.permissions.includes("conversations.delete") && (
            <Menu.Item onSelect={() => void remove()}>
              <span className="text-bad">{t("delete")}</span>
            </Menu.Item>
          )}
        </Menu.Content>
      </Menu.Root>
      <Button onClick={() => bus.emit("closeThis")}>
        {closed ? <RotateCcw /> : <CircleCheck className="text-good" />} {t(closed ? "reopen" : "close")}
      </Button>
      <span className="max-md:hidden">
        <IconButton label={t("details")} onClick={onToggleDetails}>
          <PanelRight />
        </IconButton>
      </span>
      <Suspense fallback={null}>
        {told && <AssignmentsDialog id={c.id} onClose={() => setTold(false)} />}
        {asking && <AccessDialog id={c.id} onClose={() => setAsking(false)} />}
      </Suspense>
      <SnoozeDialog
        open={snoozing}
        title={t("snoozeTitle")}
        confirm={t("snoozeDo")}
        onOpenChange={setSnoozing}
        onPick={(at) => {
          setSnoozing(false);
          void acts.setStatus([c.id], "snoozed", at.toISOString());
        }}
      />
    </header>
  );
}
