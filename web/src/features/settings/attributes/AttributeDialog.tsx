import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AttributeDefinition } from "@/api/types";
import { usePostOnce } from "@/lib/once";
import { useSubmit } from "@/lib/submit";
import { FormDialog } from "@/ui/FormDialog";
import { AreaField, ChoiceField, SwitchField, TextField } from "@/ui/form";

const KINDS = ["text", "number", "currency", "percent", "link", "date", "list", "checkbox"] as const;

interface Props {
  /** The one to change; without it a new one is made. */
  definition: AttributeDefinition | null;
  of: AttributeDefinition["applies_to"];
  onClose: () => void;
}

/** Name, kind and rules of an attribute; key and kind stay as they were made. */
export function AttributeDialog({ definition: d, of, onClose }: Props) {
  const { t } = useTranslation("attributes");
  const client = useQueryClient();
  const submit = useSubmit();
  const post = usePostOnce();
  const [name, setName] = useState(d?.name ?? "");
  const [key, setKey] = useState(d?.key ?? "");
  const [kind, setKind] = useState<AttributeDefinition["kind"]>(d?.kind ?? "text");
  const [currency, setCurrency] = useState(d?.currency ?? "EUR");
  const [options, setOptions] = useState(d?.options.join("\n") ?? "");
  const [required, setRequired] = useState(d?.required_on_close ?? false);
  const list = options
    .split("\n")
    .map((o) => o.trim())
    .filter(Boolean);
  return (
    <FormDialog
      title={d ? t("editTitle") : t("new")}
      submit={submit}
      onClose={onClose}
      work={async () => {
        const rest = {
          name: name.trim(),
          ...(kind === "list" ? { options: list } : {}),
          ...(kind === "currency" ? { currency: currency.trim().toUpperCase() } : {}),
          required_on_close: of === "conversation" && required,
        };
        if (d) await api.patch(`/attribute-definitions/${d.id}`, rest);
        else await post("/attribute-definitions", { ...rest, applies_to: of, kind, key: key.trim() || null });
        await client.invalidateQueries({ queryKey: ["attribute-definitions"] });
        onClose();
      }}
      check={{ name: !name.trim() && t("nameMissing"), options: kind === "list" && !list.length && t("optionsMissing") }}
    >
      <TextField
        label={t("name")}
        value={name}
        maxLength={60}
        onChange={(v) => {
          setName(v);
          submit.clear("name");
        }}
        error={submit.errors.name}
      />
      <ChoiceField
        label={t("kind")}
        value={kind}
        disabled={!!d}
        onChange={(v) => setKind(v as AttributeDefinition["kind"])}
        options={KINDS.map((k) => ({ value: k, label: t(`kinds.${k}`) }))}
        error={submit.errors.kind}
      />
      {kind === "currency" && (
        <TextField
          label={t("currency")}
          value={currency}
          maxLength={3}
          autoCapitalize="characters"
          onChange={(v) => {
            setCurrency(v);
            submit.clear("currency");
          }}
          error={submit.errors.currency}
        />
      )}
      {kind === "list" && (
        <AreaField
          label={t("options")}
          hint={t("optionsHint")}
          rows={5}
          value={options}
          onChange={(v) => {
            setOptions(v);
            submit.clear("options");
          }}
          error={submit.errors.options}
        />
      )}
      <TextField
        label={t("key")}
        optional={!d}
        hint={t("keyHint")}
        value={key}
        disabled={!!d}
        maxLength={40}
        autoCapitalize="off"
        spellCheck={false}
        onChange={(v) => {
          setKey(v);
          submit.clear("key");
        }}
        error={submit.errors.key}
      />
      {of === "conversation" && <SwitchField label={t("required")} hint={t("requiredHint")} checked={required} onChange={setRequired} error={submit.errors.required_on_close} />}
    </FormDialog>
  );
}
