import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import type { Member } from "@/api/types";
import { useSubmit } from "@/lib/submit";
import { FormDialog } from "@/ui/FormDialog";
import { ChoiceField, TextField } from "@/ui/form";
import { ChannelChecks } from "./ChannelChecks";
import { seesAll, useRoleName, useRoles, VISIBILITIES } from "./queries";

/** A member's role, and what they see if that differs from the role. */
export function MemberDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useTranslation("access");
  const client = useQueryClient();
  const me = useMe();
  const roles = useRoles();
  const roleName = useRoleName();
  const submit = useSubmit();
  const [role, setRole] = useState<string>(member.role);
  const [visibility, setVisibility] = useState<string>(member.visibility ?? "role");
  const [channels, setChannels] = useState<string[]>(member.channel_ids);
  const [capacity, setCapacity] = useState(member.capacity ? String(member.capacity) : "");
  const all = seesAll(role);
  const ofRole = roles.data?.find((r) => r.id === role)?.visibility ?? "all";
  const options = (roles.data ?? []).filter((r) => r.id !== "owner" || me?.role === "owner" || member.role === "owner");
  return (
    <FormDialog
      title={member.name}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const seen = all ? { visibility: "role" } : { visibility, channel_ids: visibility === "inbox" ? channels : [] };
        await api.patch(`/members/${member.id}`, { role, capacity: Number(capacity) || 0, ...seen });
        await Promise.all(["members", "roles", "presence"].map((key) => client.invalidateQueries({ queryKey: [key] })));
        onClose();
      }}
    >
      <ChoiceField
        label={t("member.role")}
        value={role}
        onChange={setRole}
        options={options.map((r) => ({ value: r.id, label: roleName(r.id) }))}
        hint={role.startsWith("rol_") ? undefined : t(`roles.hint.${role}`)}
        error={submit.errors.role}
      />
      {all ? (
        <p className="text-sm text-ink-3">{t("member.seesAll")}</p>
      ) : (
        <>
          <ChoiceField
            label={t("visibility.label")}
            value={visibility}
            onChange={setVisibility}
            options={[
              { value: "role", label: t("visibility.role", { what: t(`visibility.short.${ofRole}`) }) },
              ...VISIBILITIES.map((v) => ({ value: v, label: t(`visibility.${v}`) })),
            ]}
            hint={t(`visibility.hint.${visibility === "role" ? ofRole : visibility}`)}
            error={submit.errors.visibility}
          />
          {visibility === "inbox" && <ChannelChecks value={channels} onChange={setChannels} error={submit.errors.channel_ids} />}
        </>
      )}
      <TextField
        label={t("member.capacity")}
        optional
        inputMode="numeric"
        value={capacity}
        onChange={(v) => {
          setCapacity(v.replace(/\D/g, ""));
          submit.clear("capacity");
        }}
        error={submit.errors.capacity}
        hint={t("member.capacityHint")}
      />
    </FormDialog>
  );
}
