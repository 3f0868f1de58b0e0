import {
  Archive,
  ArrowLeft,
  Ban,
  CircleCheck,
  Clock,
  Eye,
  EyeOff,
  FileText,
  Forward,
  History,
  Link2,
  MailOpen,
  Merge,
  MoreHorizontal,
  PanelRight,
  Phone,
  RotateCcw,
  ShieldX,
  Trash2,
  UserPlus,
  UsersRound,
  Zap,
} from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationDetail, Descriptor } from "@/api/types";
import { words } from "@/app/i18n";
import { bus, useWish, useWords } from "@/features/inbox/bus";
import { SnoozeDialog } from "@/features/inbox/composer/SnoozeDialog";
import { statusOf, useActs, useAvailability, useMe, useMembers, useTeams, useZone } from "@/features/inbox/data";
import { useShaping } from "@/features/inbox/shaping/use-shaping";
import { useKeys } from "@/lib/keymap";
import { Avatar, Button, ChannelDisc, IconButton, Menu, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { PresenceDot } from "@/ui/PresenceDot";
import { TeamBadge } from "@/ui/TeamBadge";
import { useNavigate } from "@tanstack/react-router";
import { useAttributes } from "@/lib/attributes";
import { StatusMenu } from "./StatusMenu";

const AccessDialog = lazy(async () => ({ default: (await Promise.all([import("./AccessDialog"), words("seats")]))[0].AccessDialog }));
const AssignmentsDialog = lazy(async () => ({ default: (await Promise.all([import("./AssignmentsDialog"), words("seats")]))[0].AssignmentsDialog }));
const RequiredDialog = lazy(async () => (await Promise.all([import("./RequiredDialog"), words("attributes")]))[0]);
const LogCall = lazy(() => import("@/ui/LogCall"));
const MergeDialog = lazy(() => import("@/features/inbox/shaping/MergeDialog"));

interface Props {
  detail: ConversationDetail;
  descriptor?: Descriptor;
  onBack?: () => void;
  onToggleDetails: () => void;
}

/** Who and what, and what one does with the whole conversation. */
export function Header({ detail: c, descriptor, onBack, onToggleDetails }: Props) {
  const { t, i18n } = useTranslation(["thread", "shaping", "calls"]);
  const keysOf = useKeys();
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
  const [logging, setLogging] = useState(false);
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
  // Known before it is closed, so that what it lacks is asked for at once.
  useAttributes("conversation");
  const shaping = useShaping();
  const [merging, setMerging] = useState(false);
  // Which of the workspace's own names it is snoozed under.
  const [sub, setSub] = useState<string | null>();
  const [needed, setNeeded] = useState<{ sub: string | null } | null>(null);
  useWords("needed", c.id, (n) => setNeeded({ sub: n.sub }));
  const [blocking, setBlocking] = useState(false);
  const following = !!me && (c.followers ?? []).includes(me.member_id);
  const follow = () => {
    if (!me) return;
    void shaping.follow(c.id, me.member_id, !following);
    toast(t(following ? "shaping:follow.off" : "shaping:follow.on"));
  };
  useWish("merge", () => setMerging(true));
  useWish("follow", follow);
  useWish("block", () => c.contact && !c.contact.blocked && setBlocking(true));
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
        <h2 className="truncate text-md font-semibold">
          <bdi>{title}</bdi>
        </h2>
        <p className="flex items-center gap-1.5 text-xs text-ink-3">
          <ChannelDisc channel={c.channel} provider={c.provider} size={14} />
          <span className="truncate">
            {title === person ? c.channel_name : `${person} · ${c.channel_name}`} · #{c.number}
          </span>
          <StatusMenu
            conversation={c}
            onSnooze={(sub) => {
              setSub(sub);
              setSnoozing(true);
            }}
          />
          {c.status === "snoozed" && <span className="shrink-0 text-warn">{until ? t("snoozedUntil", { time: until }) : t("snoozedReply")}</span>}
        </p>
      </div>
      <Menu.Root open={assigning} onOpenChange={setAssigning}>
        <Menu.Trigger asChild>
          <IconButton label={assignee ? t("assignedTo", { name: assignee.name }) : t("assign")} keys={keysOf("assign")}>
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
        <IconButton label={t("snooze")} keys={keysOf("snooze")} onClick={() => setSnoozing(true)}>
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
          <Menu.Item icon={<Clock />} onSelect={() => setSnoozing(true)}>
            {t("snooze")}
          </Menu.Item>
          {me?.permissions.includes("conversations.write") && (
            <Menu.Item icon={<Phone />} onSelect={() => setLogging(true)}>
              {t("calls:log")}
            </Menu.Item>
          )}
          <Menu.Item icon={<Zap />} keys={keysOf("macros")} onSelect={() => bus.emit("macros")}>
            {t("macro")}
          </Menu.Item>
          <Menu.Item icon={<Forward />} keys={keysOf("forward")} onSelect={() => bus.emit("forward")}>
            {t("forward")}
          </Menu.Item>
          <Menu.Item icon={<MailOpen />} onSelect={() => void acts.markRead([c.id], false)}>
            {t("markUnread")}
          </Menu.Item>
          {me && (
            <Menu.Item icon={following ? <EyeOff /> : <Eye />} onSelect={follow}>
              {t(following ? "unfollow" : "follow")}
            </Menu.Item>
          )}
          <Menu.Item icon={<Link2 />} onSelect={() => void navigator.clipboard.writeText(`${location.origin}/inbox/${c.id}`).then(() => toast(t("menu.copied")))}>
            {t("copyLink")}
          </Menu.Item>
          <Menu.Item icon={<FileText />} onSelect={() => bus.emit("transcript")}>
            {t("transcript")}
          </Menu.Item>
          <Menu.Separator />
          {(["urgent", "high", "normal", "low"] as const).map((p) => (
            <Menu.Choice key={p} checked={c.priority === p} onSelect={() => void acts.setPriority(c.id, p)}>
              {t(`priority.${p}`)}
            </Menu.Choice>
          ))}
          <Menu.Item icon={<UsersRound />} onSelect={() => setAsking(true)}>
            {t("whoSees")}
          </Menu.Item>
          <Menu.Item icon={<History />} onSelect={() => setTold(true)}>
            {t("whoHad")}
          </Menu.Item>
          <Menu.Separator />
          <Menu.Item icon={<Merge />} onSelect={() => setMerging(true)}>
            {t("merge")}
          </Menu.Item>
          {c.status !== "archived" && (
            <Menu.Item icon={<Archive />} onSelect={() => void acts.setStatus([c.id], "archived")}>
              {t("archive")}
            </Menu.Item>
          )}
          <Menu.Item icon={<ShieldX />} onSelect={() => void acts.setStatus([c.id], c.status === "spam" ? "open" : "spam")}>
            {t(c.status === "spam" ? "notSpam" : "spam")}
          </Menu.Item>
          {c.contact && !c.contact.blocked && (
            <Menu.Item icon={<Ban />} danger onSelect={() => setBlocking(true)}>
              {t("block", { name: c.contact.name })}
            </Menu.Item>
          )}
          {me?.permissions.includes("conversations.delete") && (
            <Menu.Item icon={<Trash2 />} danger onSelect={() => void remove()}>
              {t("delete")}
            </Menu.Item>
          )}
        </Menu.Content>
      </Menu.Root>
      <Button onClick={() => bus.emit("closeThis")}>
        {closed ? <RotateCcw /> : <CircleCheck className="text-good" />} {t(closed ? "reopen" : "close")}
      </Button>
      <span className="max-md:hidden">
        <IconButton label={t("details")} keys={keysOf("toggleDetails")} onClick={onToggleDetails}>
          <PanelRight />
        </IconButton>
      </span>
      <Suspense fallback={null}>
        {told && <AssignmentsDialog id={c.id} onClose={() => setTold(false)} />}
        {asking && <AccessDialog id={c.id} onClose={() => setAsking(false)} />}
      </Suspense>
      <Suspense>{logging && <LogCall conversationId={c.id} contactId={c.contact_id} onClose={() => setLogging(false)} />}</Suspense>
      <Suspense fallback={null}>{needed && <RequiredDialog detail={c} sub={needed.sub} onClose={() => setNeeded(null)} />}</Suspense>
      <Suspense fallback={null}>{merging && <MergeDialog detail={c} onClose={() => setMerging(false)} />}</Suspense>
      {c.contact && (
        <ConfirmDialog
          open={blocking}
          onOpenChange={setBlocking}
          title={t("shaping:block.title", { name: c.contact.name })}
          text={t("shaping:block.text")}
          confirm={t("shaping:block.do")}
          danger
          onConfirm={() => shaping.block(c.contact?.id ?? "", c.contact?.name ?? "")}
        />
      )}
      <SnoozeDialog
        open={snoozing}
        title={t("snoozeTitle")}
        confirm={t("snoozeDo")}
        onOpenChange={(open) => {
          setSnoozing(open);
          if (!open) setSub(undefined);
        }}
        onPick={(at) => {
          setSnoozing(false);
          setSub(undefined);
          void acts.setStatus([c.id], "snoozed", at.toISOString(), sub);
        }}
        onReply={() => {
          setSnoozing(false);
          setSub(undefined);
          void acts.setStatus([c.id], "snoozed", null, sub);
        }}
      />
    </header>
  );
}
