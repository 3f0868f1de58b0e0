import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AutomaticAnswer, Channel } from "@/api/types";
import { Button, IconButton, Popover } from "@/ui";
import { Combobox } from "@/ui/Combobox";
import { AreaField, SwitchField } from "@/ui/form";
import { AnswerPreview } from "./AnswerPreview";
import { PLACEHOLDERS } from "./words";

/** Languages that are offered first come first in their own order; any other code may be typed. */
const OFFERED = "ar bg ca cs da de el en es et fa fi fr he hi hr hu id is it ja ko lt lv nb nl pl pt pt-BR ro ru sk sl sr sv th tr uk vi zh zh-TW".split(" ");

interface Props {
  name: "greeting" | "away";
  value: AutomaticAnswer;
  onChange: (value: AutomaticAnswer) => void;
  errors: Record<string, string>;
  channel: Channel | undefined;
  channels: Channel[];
  opens: string | null;
  disabled: boolean;
}

/** One automatic answer: on or off, its words in each language, and how it looks to whom it is for. */
export function AnswerField({ name, value, onChange, errors, channel, channels, opens, disabled }: Props) {
  const { t, i18n } = useTranslation("hours");
  const [language, setLanguage] = useState("");
  const [adding, setAdding] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const called = new Intl.DisplayNames([i18n.language], { type: "language" });
  const nameOf = (code: string) => {
    try {
      return called.of(code) ?? code;
    } catch {
      return code;
    }
  };
  const codes = Object.keys(value.languages ?? {}).sort();
  const current = codes.includes(language) ? language : "";
  const text = current ? (value.languages?.[current] ?? "") : value.text;
  const write = (words: string) => onChange(current ? { ...value, languages: { ...value.languages, [current]: words } } : { ...value, text: words });
  const put = (placeholder: string) => {
    const box = area.current?.querySelector("textarea");
    const at = box?.selectionStart ?? text.length;
    const end = box?.selectionEnd ?? at;
    const mark = `{{${placeholder}}}`;
    write(text.slice(0, at) + mark + text.slice(end));
    requestAnimationFrame(() => {
      box?.focus();
      box?.setSelectionRange(at + mark.length, at + mark.length);
    });
  };
  const add = (code: string) => {
    onChange({ ...value, languages: { ...value.languages, [code]: value.languages?.[code] ?? "" } });
    setLanguage(code);
    setAdding(false);
  };
  const drop = (code: string) => {
    const { [code]: _, ...rest } = value.languages ?? {};
    onChange({ ...value, languages: rest });
    setLanguage("");
  };
  const wrongIn = (code: string) => errors[code ? `${name}.languages.${code}` : `${name}.text`];
  const tab = "flex h-7 items-center rounded-full border px-2.5 text-xs max-md:h-11 max-md:px-4";
  return (
    <div className="flex flex-col gap-3">
      <SwitchField
        label={t(`${name}.on`)}
        checked={value.on}
        disabled={disabled}
        onChange={(on) => onChange({ ...value, on, text: on && !value.text ? t(`${name}.example`, { name: "{{name}}", opens: "{{opens}}" }) : value.text })}
      />
      {(value.on || value.text) && (
        <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-8 gap-y-4 max-lg:grid-cols-1">
          <div ref={area} className="flex min-w-0 flex-col gap-2">
            <fieldset className="flex flex-wrap items-center gap-1" aria-label={t("languages.label")}>
              {["", ...codes].map((code) => (
                <button
                  key={code}
                  type="button"
                  aria-pressed={current === code}
                  onClick={() => setLanguage(code)}
                  className={`${tab} ${wrongIn(code) ? "border-bad text-bad" : current === code ? "border-accent bg-accent-soft font-medium text-accent-ink" : "border-line text-ink-2 hover:bg-hover"}`}
                >
                  {code ? nameOf(code) : t(codes.length ? "languages.everybody" : "languages.all")}
                </button>
              ))}
              {!disabled && (
                <Popover.Root open={adding} onOpenChange={setAdding}>
                  <Popover.Trigger asChild>
                    <Button size="sm" variant="ghost">
                      <Plus aria-hidden />
                      {t("languages.add")}
                    </Button>
                  </Popover.Trigger>
                  <Popover.Content aria-label={t("languages.add")}>
                    <Combobox
                      label={t("languages.search")}
                      options={OFFERED.filter((c) => !codes.includes(c)).map((c) => ({ value: c, label: nameOf(c), hint: c }))}
                      selected={[]}
                      onPick={add}
                      empty={t("languages.none")}
                    />
                  </Popover.Content>
                </Popover.Root>
              )}
              {current && !disabled && (
                <IconButton label={t("languages.remove", { language: nameOf(current) })} size="sm" onClick={() => drop(current)}>
                  <X aria-hidden />
                </IconButton>
              )}
            </fieldset>
            <AreaField
              label={current ? t("textIn", { language: nameOf(current) }) : t("text")}
              hideLabel
              rows={5}
              maxLength={2000}
              value={text}
              onChange={write}
              error={wrongIn(current)}
              disabled={disabled}
            />
            {!disabled && (
              <div className="flex flex-wrap items-center gap-1">
                <span className="me-1 text-xs text-ink-3">{t("placeholders.insert")}</span>
                {PLACEHOLDERS.filter((p) => p !== "opens" || name === "away").map((p) => (
                  <Button key={p} size="sm" variant="ghost" title={`{{${p}}}`} onClick={() => put(p)}>
                    {t(`placeholders.${p}`)}
                  </Button>
                ))}
              </div>
            )}
            {codes.length > 0 && <p className="text-xs text-ink-3">{t("languages.hint")}</p>}
          </div>
          <AnswerPreview text={text} channel={channel} channels={channels} opens={opens} />
        </div>
      )}
    </div>
  );
}
