import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Avatar, ChannelDisc, LabelDot } from "@/ui";
import type { Lookups } from "@/ui/rules/words";
import { useChannels, useMe, useMembers, useTags } from "../data";

/** What may stand in fields whose values are the workspace's own. */
export function useLookups(): Lookups {
  const { t } = useTranslation("inbox");
  const me = useMe();
  const members = useMembers();
  const channels = useChannels();
  const tags = useTags();
  return useMemo(() => {
    const people = [
      { value: "me", label: t("filter.me"), icon: me && <Avatar name={me.account.name} id={me.member_id} size={20} /> },
      ...members.map((m) => ({ value: m.id, label: m.name, icon: <Avatar name={m.name} id={m.id} size={20} /> })),
    ];
    return {
      assignee: people,
      follower: people,
      channel_id: channels.map((c) => ({ value: c.id, label: c.name, icon: <ChannelDisc channel={c.channel} provider={c.provider} size={16} plain /> })),
      tags: tags.map((g) => ({ value: g.name, label: g.name, icon: <LabelDot hue={g.hue} className="size-2" /> })),
    };
  }, [me, members, channels, tags, t]);
}
