import { useQueryClient } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, ImportedHolidays } from "@/api/types";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog, toast } from "@/ui";
import { alongTabs } from "@/lib/tabs";
import { AreaField, ChoiceField, TextField } from "@/ui/form";
import { useDays } from "./HolidaysSection";

const WAYS = ["address", "file", "text"] as const;
const LARGEST = 2 << 20;

/** A calendar by address, file or text: first what it would do, then doing it. */
export function ImportDialog({ place, channels, onClose }: { place: string; channels: Channel[]; onClose: () => void }) {
  const { t } = useTranslation("hours");
  const client = useQueryClient();
  const submit = useSubmit();
  const days = useDays();
  const picker = useRef<HTMLInputElement>(null);
  const [way, setWay] = useState<(typeof WAYS)[number]>("address");
  const [url, setUrl] = useState("");
  const [text, setText] = useState("");
  const [file, setFile] = useState("");
  const [where, setWhere] = useState(place);
  const [found, setFound] = useState<ImportedHolidays | null>(null);
  const anew = () => {
    setFound(null);
    submit.clear("url", "calendar");
  };
  const source = way === "address" ? { url: url.trim() } : { calendar: text };
  const missing = way === "address" ? !url.trim() && t("import.urlMissing") : null;
  const nothing = way !== "address" && !text.trim() && t(way === "file" ? "import.fileMissing" : "import.textMissing");
  const ask = (only_look: boolean) => api.post<ImportedHolidays>("/holidays/import", { ...source, place: where, only_look });
  const read = async (chosen: File | undefined) => {
    if (!chosen) return;
    anew();
    if (chosen.size > LARGEST) return void toast.error(t("import.tooLarge"));
    setFile(chosen.name);
    setText(await chosen.text());
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("import.title")} className="w-[min(560px,calc(100vw-24px))]">
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(
            async () => {
              if (!found) return setFound(await ask(true));
              const done = await ask(false);
              await client.invalidateQueries({ queryKey: ["holidays"] });
              await client.invalidateQueries({ queryKey: ["hours"] });
              toast(t("import.done", { count: done.added + done.updated }));
              onClose();
            },
            { url: missing, calendar: nothing },
          );
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
        <p className="text-sm text-ink-2">{t("import.lead")}</p>
        <div className="flex rounded-md bg-press p-0.5" role="tablist" onKeyDown={alongTabs} aria-label={t("import.way")}>
          {WAYS.map((w) => (
            <button
              key={w}
              type="button"
              role="tab"
              aria-selected={way === w}
              tabIndex={way === w ? 0 : -1}
              onClick={() => {
                setWay(w);
                setText("");
                setFile("");
                anew();
              }}
              className={`h-8 flex-1 rounded-sm text-sm max-md:h-11 ${way === w ? "bg-raised font-medium shadow-1" : "text-ink-2"}`}
            >
              {t(`import.ways.${w}`)}
            </button>
          ))}
        </div>
        {way === "address" && (
          <TextField
            type="url"
            label={t("import.url")}
            placeholder="https://…/holidays.ics"
            hint={t("import.urlHint")}
            value={url}
            onChange={(v) => {
              setUrl(v);
              anew();
            }}
            error={submit.errors.url ?? submit.errors.calendar}
          />
        )}
        {way === "file" && (
          <div>
            <input
              ref={picker}
              type="file"
              accept=".ics,text/calendar"
              className="sr-only"
              aria-label={t("import.file")}
              tabIndex={-1}
              onChange={(e) => void read(e.target.files?.[0])}
            />
            <Button onClick={() => picker.current?.click()}>
              <FileUp aria-hidden />
              {file || t("import.choose")}
            </Button>
            {submit.errors.calendar && <p className="mt-1.5 text-xs font-medium text-bad">{submit.errors.calendar}</p>}
          </div>
        )}
        {way === "text" && (
          <AreaField
            label={t("import.text")}
            rows={7}
            spellCheck={false}
            placeholder="BEGIN:VCALENDAR…"
            value={text}
            onChange={(v) => {
              setText(v);
              anew();
            }}
            error={submit.errors.calendar}
          />
        )}
        <ChoiceField
          label={t("holidays.where")}
          value={where}
          onChange={(v) => {
            setWhere(v);
            anew();
          }}
          options={[{ value: "workspace", label: t("holidays.everywhere") }, ...channels.map((c) => ({ value: c.id, label: c.name }))]}
        />
        {found && (
          <div className="rounded-lg border border-line" role="status">
            <p className="border-b border-line px-3 py-2 text-sm font-medium">
              {t("import.found", { count: found.holidays.length })}
              <span className="font-normal text-ink-3"> {t("import.new", { added: found.added, updated: found.updated })}</span>
            </p>
            <ul className="scroll max-h-48 overflow-y-auto px-3 py-1.5 text-xs">
              {found.holidays.map((h) => (
                <li key={`${h.id}${h.from}`} className="flex justify-between gap-3 py-0.5">
                  <span className="min-w-0 truncate">{h.name}</span>
                  <span className="shrink-0 text-ink-3">{days(h)}</span>
                </li>
              ))}
              {found.skipped.map((s, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
                <li key={i} className="flex justify-between gap-3 py-0.5 text-ink-3">
                  <span className="min-w-0 truncate line-through">{s.name || t("import.unnamed")}</span>
                  <span className="shrink-0">{t(`import.why.${s.why}`)}</span>
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy} disabled={!!found && found.holidays.length === 0}>
            {found ? t("import.take", { count: found.holidays.length }) : t("import.look")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
