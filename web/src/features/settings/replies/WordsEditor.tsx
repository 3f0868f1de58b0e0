import { Braces } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { EditorHandle } from "@/features/inbox/composer/editor";
import { MessageField } from "@/features/inbox/composer/MessageField";
import { useWriting } from "@/features/inbox/composer/state";
import { Button, Menu } from "@/ui";
import { AreaField, SwitchField } from "@/ui/form";
import { KEPT } from "./kept";
import type { useKeptWords } from "./KeptDrawer";
import { useVariables, withExamples } from "./variables";

interface Props {
  words: ReturnType<typeof useKeptWords>;
  error?: string | null;
}

/** Formatted words with variables and files, and other words where nothing can be formatted. */
export function WordsEditor({ words, error }: Props) {
  const { id, attachments, plain, setPlain: onPlain } = words;
  const { t } = useTranslation("replies");
  const editor = useRef<EditorHandle>(null);
  const variables = useVariables();
  const text = useWriting((s) => s.texts[id]?.text) ?? "";
  const shown = plain ?? text;
  const preview = withExamples(shown, variables);
  return (
    <div className="flex flex-col gap-4">
      <div>
        <div className="mb-1.5 flex items-end justify-between gap-3">
          <span className="text-sm font-medium">{t("form.words")}</span>
          <Menu.Root>
            <Menu.Trigger asChild>
              <Button variant="ghost" size="sm">
                <Braces aria-hidden /> {t("form.variable")}
              </Button>
            </Menu.Trigger>
            <Menu.Content align="end" onCloseAutoFocus={(e) => (e.preventDefault(), editor.current?.focus())}>
              {variables.map((v) => (
                <Menu.Item key={v.name} onSelect={() => setTimeout(() => editor.current?.insert(`{{${v.name}}}`))}>
                  <span className="min-w-0 flex-1 truncate">{t(`variable.${v.name}`)}</span>
                  <span className="max-w-32 truncate text-2xs text-ink-3">{v.example}</span>
                </Menu.Item>
              ))}
            </Menu.Content>
          </Menu.Root>
        </div>
        <MessageField
          id={id}
          label={t("form.words")}
          placeholder={t("form.placeholder", { example: "{{contact.first_name}}" })}
          descriptor={KEPT}
          attachments={attachments}
          onKey={() => false}
          handle={editor}
        />
        {error ? (
          <p role="alert" className="mt-1.5 text-xs font-medium text-bad [overflow-wrap:anywhere]">
            {error}
          </p>
        ) : (
          <p className="mt-1.5 text-xs text-ink-3 [overflow-wrap:anywhere]">{t("form.fallbackHint", { example: "{{contact.first_name|there}}" })}</p>
        )}
      </div>
      <SwitchField label={t("form.plainToo")} hint={t("form.plainTooHint")} checked={plain !== null} onChange={(on) => onPlain(on ? text : null)} />
      {plain !== null && <AreaField label={t("form.plain")} value={plain} onChange={onPlain} rows={5} maxLength={100_000} />}
      {preview !== shown && (
        <div>
          <p className="mb-1 text-xs text-ink-3">{t("form.preview")}</p>
          <p className="rounded-md bg-subtle px-3 py-2 text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">{preview}</p>
        </div>
      )}
    </div>
  );
}
