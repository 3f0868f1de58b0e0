import { useQuery } from "@tanstack/react-query";
import { Copy, Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import type { Message } from "@/api/types";
import { Button, ErrorState, toast } from "@/ui";
import { alongTabs } from "@/lib/tabs";
import { authenticityOf } from "./authenticity";
import { headersOf } from "./headers";
import { SenderCheck } from "./SenderCheck";

/** A message as it came in: its headers, or all of it; to copy and to keep. */
export default function MessageSource({ message }: { message: Message }) {
  const { id } = message;
  const { t } = useTranslation(["thread", "mail"]);
  const [whole, showWhole] = useState(false);
  const query = useQuery({
    queryKey: ["source", id],
    queryFn: async () => {
      const answer = await fetch(`/api/v1/messages/${id}/source`);
      // Why there is none is said by the server: it was written here, or came together with others' messages.
      if (!answer.ok) throw new ApiError(await answer.json());
      return answer.text();
    },
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.isError) return <ErrorState title={t("menu.sourceFailed")} error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <div role="status" aria-label={t("menu.source")} className="skel h-40" />;
  const headers = headersOf(query.data);
  const all = whole || !headers;
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([query.data], { type: "application/octet-stream" }));
    link.download = `${id}.${headers ? "eml" : "txt"}`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className="flex flex-col gap-3">
      {authenticityOf(message) && (
        <section className="rounded-md border border-line p-3 text-ink-2">
          <h3 className="mb-1 text-xs font-medium text-ink-3">{t("mail:sender.title")}</h3>
          <SenderCheck message={message} />
        </section>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {headers && (
          <div role="tablist" onKeyDown={alongTabs} aria-label={t("menu.source")} className="inline-flex rounded-md bg-press p-0.5">
            {[false, true].map((value) => (
              <button
                key={String(value)}
                type="button"
                role="tab"
                aria-selected={whole === value}
                tabIndex={whole === value ? 0 : -1}
                onClick={() => showWhole(value)}
                className={`h-7 rounded-sm px-3 text-sm max-md:h-10 ${whole === value ? "bg-raised font-medium text-ink shadow-1" : "text-ink-2 hover:text-ink"}`}
              >
                {t(value ? "menu.whole" : "menu.headers")}
              </button>
            ))}
          </div>
        )}
        <span className="ms-auto flex gap-1">
          <Button size="sm" variant="ghost" onClick={() => void navigator.clipboard.writeText(query.data).then(() => toast(t("menu.copied")))}>
            <Copy aria-hidden /> {t("menu.copySource")}
          </Button>
          <Button size="sm" variant="ghost" onClick={save}>
            <Download aria-hidden /> {t("menu.download")}
          </Button>
        </span>
      </div>
      {all ? (
        <pre className="scroll overflow-x-auto rounded-md border border-line bg-subtle p-3 text-xs whitespace-pre-wrap text-ink-2 [overflow-wrap:anywhere]">{query.data}</pre>
      ) : (
        <dl className="divide-y divide-line rounded-md border border-line text-xs">
          {headers.map(([name, value], i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the headers of a mail do not move
            <div key={i} className="grid gap-x-3 px-3 py-1.5 sm:grid-cols-[9rem_1fr]">
              <dt className="font-medium text-ink-3 [overflow-wrap:anywhere]">{name}</dt>
              <dd className="whitespace-pre-wrap text-ink-2 [overflow-wrap:anywhere]">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
