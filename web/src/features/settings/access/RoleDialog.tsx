import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { RoleDetail } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { FormDialog } from "@/ui/FormDialog";
import { ChoiceField, TextField } from "@/ui/form";
import { ChannelChecks } from "./ChannelChecks";
import { PermissionChecks } from "./PermissionChecks";
import { useRoleName, useRoles, VISIBILITIES } from "./queries";

/** What a role may do and see. Of a built-in one, only what it sees. */
export function RoleDialog({ role, onClose }: { role: RoleDetail | null; onClose: () => void }) {
  const { t } = useTranslation("access");
  const client = useQueryClient();
  const roles = useRoles();
  const roleName = useRoleName();
  const submit = useSubmit();
  const post = usePostOnce();
  const [name, setName] = useState(role?.name ?? "");
  const [permissions, setPermissions] = useState<string[]>(role?.permissions ?? ["conversations.read", "conversations.write", "contacts.read", "channels.read", "members.read"]);
  const [visibility, setVisibility] = useState<string>(role?.visibility ?? "all");
  const [channels, setChannels] = useState<string[]>(role?.channel_ids ?? []);
  // The owner has every permission there is.
  const all = roles.data?.find((r) => r.id === "owner")?.permissions ?? [];
  const builtIn = role?.built_in ?? false;
  return (
    <FormDialog
      title={role ? t("roles.editTitle", { name: roleName(role.id) }) : t("roles.new")}
      className={builtIn ? undefined : "w-[min(640px,calc(100vw-24px))]"}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const seen = { visibility, channel_ids: visibility === "inbox" ? channels : [] };
        if (builtIn) await api.patch(`/roles/${role?.id}`, seen);
        else if (role) await api.patch(`/roles/${role.id}`, { name: name.trim(), permissions, ...seen });
        else await post("/roles", { name: name.trim(), permissions, ...seen });
        await client.invalidateQueries({ queryKey: ["roles"] });
        onClose();
      }}
      check={{ name: builtIn || name.trim() ? null : t("roles.nameMissing") }}
    >
      {!builtIn && (
        <TextField
          label={t("roles.name")}
          value={name}
          maxLength={100}
          onChange={(v) => {
            setName(v);
            submit.clear("name");
          }}
          error={submit.errors.name}
        />
      )}
      <ChoiceField
        label={t("visibility.label")}
        value={visibility}
        onChange={setVisibility}
        options={VISIBILITIES.map((v) => ({ value: v, label: t(`visibility.${v}`) }))}
        hint={t(`visibility.hint.${visibility}`)}
        error={submit.errors.visibility}
      />
      {visibility === "inbox" && <ChannelChecks value={channels} onChange={setChannels} error={submit.errors.channel_ids} />}
      {!builtIn && (
        <fieldset>
          <legend className="mb-1 text-sm font-medium">{t("roles.mayDo")}</legend>
          <PermissionChecks all={all} value={permissions} onChange={setPermissions} />
          {submit.errors.permissions && <p className="mt-1.5 text-xs font-medium text-bad">{submit.errors.permissions}</p>}
        </fieldset>
      )}
    </FormDialog>
  );
}
