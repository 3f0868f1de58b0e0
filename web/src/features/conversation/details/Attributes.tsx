import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useActs, useMe } from "@/features/inbox/data";
import { useAttributes } from "@/lib/attributes";
import { may } from "@/lib/may";
import { AttributeFields } from "@/ui/AttributeFields";

/** The workspace's own attributes of a conversation; nothing where there are none. */
export function ConversationAttributes({ conversation: c }: { conversation: Conversation }) {
  const { t } = useTranslation("attributes");
  const me = useMe();
  const acts = useActs();
  const all = useAttributes("conversation").data;
  if (!all?.length) return null;
  return (
    <section className="border-t border-line px-5 py-4">
      <h3 className="mb-1.5 text-xs font-semibold text-ink-2">{t("section")}</h3>
      <AttributeFields definitions={all} values={c.custom_attributes} readOnly={!may(me, "conversations.write")} onSave={(key, value) => acts.setAttribute(c.id, key, value)} />
    </section>
  );
}
