import { ChevronDown } from "lucide-react";
import { useState } from "react";
import i18n from "i18next";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@/api/types";
import { useZone } from "@/features/inbox/data";
import { Avatar } from "@/ui";

type Bag = Record<string, unknown>;

/** A value in a line: texts as they are, everything else as JSON. */
export function written(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((v) => typeof v === "string")) return value.join(", ") || "–";
  return JSON.stringify(value);
}

/** What it was done to, by its name; nothing where people did it to themselves, such as signing in. */
export function aboutOf(e: AuditEntry): string {
  if (e.action === "request") return `${written((e.after as Bag | null)?.method)} ${e.subject}`;
  if (e.subject_name) return e.subject_name;
  return e.actor === `user:${e.subject}` ? "" : e.subject;
}

/** One act; open, what it changed. */
export function Entry({ entry: e }: { entry: AuditEntry }) {
  const { t, i18n: language } = useTranslation("audit");
  const zone = useZone();
  const [open, setOpen] = useState(false);
  const key = `act.${e.action.replaceAll(".", "_")}`;
  const what = i18n.exists(`audit:${key}`) ? t(key) : e.action;
  const name = e.actor_name ?? (e.actor === "system" ? t("system") : e.actor);
  const before = (e.before ?? {}) as Bag;
  const after = (e.after ?? {}) as Bag;
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const about = aboutOf(e);
  const when = new Intl.DateTimeFormat(language.language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone }).format(
    new Date(e.at),
  );
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="inset-focus flex w-full items-center gap-3 px-4 py-2.5 text-start text-sm hover:bg-hover max-md:py-3"
      >
        <Avatar name={name} id={e.actor.replace("user:", "")} size={24} />
        <span className="min-w-0 flex-1">
          <span className="block truncate">
            <span className="font-medium">{name}</span> <span className="text-ink-2">{what}</span> <span className="text-ink">{about}</span>
          </span>
          <span className="block truncate text-xs text-ink-3 md:hidden">{when}</span>
        </span>
        <time dateTime={e.at} className="shrink-0 text-xs text-ink-3 tabular-nums max-md:hidden">
          {when}
        </time>
        <ChevronDown className={`size-4 shrink-0 text-ink-3 transition-transform ${open ? "rotate-180" : ""}`} aria-hidden />
      </button>
      {open && (
        <div className="px-4 pb-3 ps-13 text-xs">
          {e.erased ? (
            <p className="text-ink-3">{t("erased")}</p>
          ) : (
            fields.length > 0 && (
              <table className="mb-2 w-full table-fixed border-collapse">
                <thead className="sr-only">
                  <tr>
                    <th>{t("field")}</th>
                    <th>{t("before")}</th>
                    <th>{t("after")}</th>
                  </tr>
                </thead>
                <tbody>
                  {fields.map((f) => (
                    <tr key={f} className="align-top">
                      <th scope="row" className="w-1/4 py-1 pe-3 text-start font-medium text-ink-2 [overflow-wrap:anywhere]">
                        {f}
                      </th>
                      <td className="py-1 pe-3 text-ink-3 [overflow-wrap:anywhere]">{f in before ? written(before[f]) : ""}</td>
                      <td className="py-1 text-ink [overflow-wrap:anywhere]">{f in after ? written(after[f]) : ""}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )
          )}
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-ink-3">
            <dt>{t("number")}</dt>
            <dd className="tabular-nums">{e.n}</dd>
            <dt>{t("subject")}</dt>
            <dd className="truncate font-mono">{e.subject}</dd>
            {e.address && <dt>{t("address")}</dt>}
            {e.address && <dd>{e.address}</dd>}
            <dt>{t("hash")}</dt>
            <dd className="truncate font-mono" title={e.hash}>
              {e.hash}
            </dd>
          </dl>
        </div>
      )}
    </li>
  );
}
