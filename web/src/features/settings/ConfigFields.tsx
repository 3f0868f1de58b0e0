import { Check, ChevronRight, Copy, Info, RefreshCw } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConfigField } from "@/api/types";
import { Button, IconButton } from "@/ui";
import { AreaField, ChoiceField, PasswordField, SwitchField, TextField } from "@/ui/form";
import { useCopy } from "@/ui/use-copy";
import { asked, type Config, type ConfigValue, isSet, makeSecret, noteOf, presetChanges, settled } from "./config";
import { WordsField } from "./WordsField";

interface Props {
  fields: readonly ConfigField[];
  value: Config;
  errors: Record<string, string>;
  onChange: (name: string, value: ConfigValue) => void;
}

/** The form of a channel, drawn from what its connector says of itself. */
export function ConfigFields({ fields, value, errors, onChange }: Props) {
  const { t } = useTranslation("settings");
  const known = settled(fields, value);
  const folded = (f: ConfigField) => f.advanced || known.has(f.name);
  const shownNow = asked(fields, value);
  const plain = shownNow.filter((f) => !folded(f));
  const advanced = shownNow.filter(folded);
  const [open, setOpen] = useState(false);
  const wrong = advanced.some((f) => errors[`configuration.${f.name}`]);
  const shown = open || wrong;
  const id = useId();
  const change = (f: ConfigField, v: ConfigValue) => {
    onChange(f.name, v);
    if (f.presets.length) for (const [name, set] of Object.entries(presetChanges(fields, value, f, v))) if (set !== undefined) onChange(name, set);
  };
  const draw = (f: ConfigField) => <One key={f.name} field={f} value={value[f.name]} error={errors[`configuration.${f.name}`]} onChange={(v) => change(f, v)} />;
  return (
    <>
      {plain.map(draw)}
      {advanced.length > 0 && (
        <div>
          <button
            type="button"
            aria-expanded={shown}
            aria-controls={id}
            onClick={() => setOpen(!shown)}
            className="flex h-8 items-center gap-1.5 rounded-sm pe-2 text-sm font-medium text-ink-2 hover:text-ink max-md:h-11"
          >
            <ChevronRight className={`size-4 transition-transform duration-100 ${shown ? "rotate-90" : ""}`} aria-hidden />
            {t("channel.advanced")}
          </button>
          <div id={id} hidden={!shown} className="mt-2 flex flex-col gap-4 border-s border-line ps-4">
            {advanced.map(draw)}
          </div>
        </div>
      )}
    </>
  );
}

function One({ field, value, error, onChange }: { field: ConfigField; value: ConfigValue | undefined; error?: string; onChange: (v: ConfigValue) => void }) {
  const { t } = useTranslation("settings");
  const hint =
    field.help || field.help_url ? (
      <>
        {field.help}
        {field.help_url && /^https?:/.test(field.help_url) && (
          <>
            {" "}
            <a href={field.help_url} target="_blank" rel="noopener noreferrer" className="text-accent-ink underline underline-offset-2">
              {t("channel.whereToFind")}
            </a>
          </>
        )}
      </>
    ) : undefined;
  const shared = { label: field.label, hint, error, optional: !field.required && !field.generated && field.kind !== "select" && field.kind !== "colour" };
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";

  if (field.generated && field.kind === "secret") return <Generated field={field} value={value} hint={hint} error={error} onChange={onChange} />;
  switch (field.kind) {
    case "boolean":
      return <SwitchField label={field.label} hint={hint} error={error} checked={value === true} onChange={onChange} />;
    case "select":
      return (
        <div>
          <ChoiceField
            {...shared}
            value={text}
            onChange={onChange}
            options={field.required || text ? field.options : [{ value: "", label: t("channel.choose") }, ...field.options]}
          />
          <Note field={field} value={value} />
        </div>
      );
    case "text_area":
      return <AreaField {...shared} value={text} onChange={onChange} placeholder={field.placeholder || undefined} />;
    case "words":
    case "names":
      return <WordsField {...shared} spaces={field.kind === "names"} value={Array.isArray(value) ? value : []} onChange={onChange} placeholder={field.placeholder || undefined} />;
    case "colour":
      return <ColourField {...shared} value={text} onChange={onChange} />;
    case "secret":
      return <SecretField field={field} value={value} hint={hint} error={error} onChange={onChange} />;
    default:
      return (
        <TextField
          {...shared}
          name={field.name}
          type={field.kind === "number" ? "text" : field.kind === "email" ? "email" : field.kind === "url" ? "url" : "text"}
          inputMode={field.kind === "number" ? "numeric" : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={field.placeholder || undefined}
          value={text}
          onChange={onChange}
        />
      );
  }
}

/** What to know about the chosen option. */
function Note({ field, value }: { field: ConfigField; value: ConfigValue | undefined }) {
  const { t } = useTranslation("settings");
  const note = noteOf(field, value);
  return (
    <div aria-live="polite">
      {note && (
        <p className="mt-2 flex items-start gap-2 rounded-md bg-info-soft px-3 py-2.5 text-sm [overflow-wrap:anywhere]">
          <Info className="mt-0.5 size-4 shrink-0 text-info" aria-hidden />
          <span className="min-w-0">
            {note.note}
            {/^https:/.test(note.note_url) && (
              <>
                {" "}
                <a href={note.note_url} target="_blank" rel="noopener noreferrer" className="text-accent-ink underline underline-offset-2">
                  {t("channel.openPage")}
                </a>
              </>
            )}
          </span>
        </p>
      )}
    </div>
  );
}

function ColourField({ value, onChange, ...shared }: { label: string; hint?: React.ReactNode; error?: string; optional?: boolean; value: string; onChange: (v: string) => void }) {
  const hex = /^#[0-9a-f]{6}$/i.test(value) ? value : "#126b7d";
  return (
    <div className="flex items-start gap-2">
      <TextField {...shared} value={value} onChange={onChange} maxLength={9} spellCheck={false} placeholder="#126b7d" className="flex-1" />
      <label className="relative mt-6 size-9 shrink-0 overflow-hidden rounded-sm border border-line-control has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus max-md:size-11">
        <span className="sr-only">{shared.label}</span>
        <input type="color" value={hex} onChange={(e) => onChange(e.target.value)} className="absolute -inset-2 size-[calc(100%+16px)] cursor-pointer" />
      </label>
    </div>
  );
}

/** A secret that is stored shows only that it is set; replacing it is a choice of its own. */
function SecretField({
  field,
  value,
  hint,
  error,
  onChange,
}: {
  field: ConfigField;
  value: ConfigValue | undefined;
  hint?: React.ReactNode;
  error?: string;
  onChange: (v: ConfigValue) => void;
}) {
  const { t } = useTranslation("settings");
  const [stored] = useState(() => (isSet(value) ? value : null));
  if (isSet(value)) {
    return (
      <div>
        <div className="mb-1.5 text-sm font-medium">{field.label}</div>
        <div className="flex items-center gap-3">
          <span className="flex h-9 flex-1 items-center gap-2 rounded-sm border border-line bg-subtle px-2.5 text-sm text-ink-2">
            <Check className="size-4 text-good" aria-hidden />
            {t("channel.secretSet")}
          </span>
          <Button onClick={() => onChange("")} aria-label={t("channel.replaceNamed", { name: field.label })}>
            {t("channel.replace")}
          </Button>
        </div>
        {error && <div className="mt-1.5 text-xs font-medium text-bad">{error}</div>}
      </div>
    );
  }
  return (
    <div>
      <PasswordField
        label={field.label}
        hint={hint}
        error={error}
        optional={!field.required && !stored}
        name={field.name}
        autoComplete="new-password"
        placeholder={field.placeholder || undefined}
        value={typeof value === "string" ? value : ""}
        onChange={onChange}
        autoFocus={!!stored}
      />
      {stored && (
        <button type="button" className="mt-1.5 text-xs font-medium text-accent-ink underline underline-offset-2" onClick={() => onChange(stored)}>
          {t("channel.keepStored")}
        </button>
      )}
    </div>
  );
}

/** A key made here, shown once with a copy button. */
function Generated({
  field,
  value,
  hint,
  error,
  onChange,
}: {
  field: ConfigField;
  value: ConfigValue | undefined;
  hint?: React.ReactNode;
  error?: string;
  onChange: (v: ConfigValue) => void;
}) {
  const { t } = useTranslation("settings");
  const [copied, copy] = useCopy();
  if (isSet(value)) {
    return (
      <div>
        <div className="mb-1.5 text-sm font-medium">{field.label}</div>
        <div className="flex items-center gap-3">
          <span className="flex h-9 flex-1 items-center gap-2 rounded-sm border border-line bg-subtle px-2.5 text-sm text-ink-2">
            <Check className="size-4 text-good" aria-hidden />
            {t("channel.secretSet")}
          </span>
          <Button onClick={() => onChange(makeSecret())} aria-label={t("channel.makeNewNamed", { name: field.label })}>
            {t("channel.makeNew")}
          </Button>
        </div>
        {hint && <div className="mt-1.5 text-xs text-ink-3">{hint}</div>}
      </div>
    );
  }
  const text = typeof value === "string" ? value : "";
  return (
    <div className="flex items-start gap-1">
      <TextField
        label={field.label}
        hint={hint ?? t("channel.generated")}
        error={error}
        value={text}
        onChange={onChange}
        autoComplete="off"
        spellCheck={false}
        className="flex-1"
      />
      <IconButton label={copied ? t("copied") : t("channel.copyNamed", { name: field.label })} onClick={() => copy(text)} className="mt-6.5">
        {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      </IconButton>
      <IconButton label={t("channel.makeNewNamed", { name: field.label })} onClick={() => onChange(makeSecret())} className="mt-6.5">
        <RefreshCw aria-hidden />
      </IconButton>
    </div>
  );
}
