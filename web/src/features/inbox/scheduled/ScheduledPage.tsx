import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarClock } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Page, ScheduledMessage } from "@/api/types";
import { Button, ChannelDisc, EmptyState, ErrorState } from "@/ui";
import { useZone } from "../data";
import { ScheduledActions, ScheduledTime } from "./ScheduledList";

/** Every message that waits for its day, by day. */
export function ScheduledPage() {
  const { t, i18n } = useTranslation("scheduled");
  const zone = useZone();
  const [mine, setMine] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ["scheduled", mine],
    queryFn: ({ pageParam }) => api.get<Page<ScheduledMessage>>(`/scheduled-messages?limit=50&mine=${mine}${pageParam ? `&cursor=${pageParam}` : ""}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
  useEffect(() => {
    document.title = `${t("title")} · Switchboard`;
  }, [t]);
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const day = new Intl.DateTimeFormat(i18n.language, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
  const days = new Map<string, ScheduledMessage[]>();
  for (const row of rows) {
    const name = day.format(new Date(row.send_at));
    days.set(name, [...(days.get(name) ?? []), row]);
  }
  return (
    <div className="scroll h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-[880px] px-8 py-7 max-md:px-4 max-md:py-4">
        <header className="mb-6 flex flex-wrap items-start gap-x-4 gap-y-3">
          <div className="min-w-0 flex-1">
            <h1 className="text-lg font-semibold tracking-[-0.015em]">{t("title")}</h1>
            <p className="mt-1 text-sm text-ink-2">{t("lead")}</p>
          </div>
          <fieldset className="inline-flex rounded-md bg-press p-0.5">
            <legend className="sr-only">{t("whose")}</legend>
            {[false, true].map((value) => (
              <label
                key={String(value)}
                className={`flex h-7 cursor-pointer items-center rounded-sm px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-focus max-md:h-10 ${mine === value ? "bg-raised font-medium text-ink shadow-1" : "text-ink-2 hover:text-ink"}`}
              >
                <input type="radio" name="whose" className="sr-only" checked={mine === value} onChange={() => setMine(value)} />
                {t(value ? "mine" : "all")}
              </label>
            ))}
          </fieldset>
        </header>
        {list.isError ? (
          <ErrorState title={t("failed")} error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <div aria-hidden className="space-y-3">
            <div className="skel h-16" />
            <div className="skel h-16" />
          </div>
        ) : rows.length === 0 ? (
          <EmptyState icon={CalendarClock} text={t(mine ? "emptyMine" : "empty")} />
        ) : (
          [...days].map(([name, items]) => (
            <section key={name} className="mb-6" aria-label={name}>
              <h2 className="mb-2 text-sm font-semibold text-ink-2 first-letter:uppercase">{name}</h2>
              <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
                {items.map((row) => (
                  <li key={row.message.id} className="flex flex-wrap items-start gap-3 px-4 py-3">
                    <ChannelDisc channel={row.conversation.channel} provider={row.conversation.provider} size={20} />
                    <div className="min-w-0 flex-1 basis-56">
                      <Link to="/inbox/{-$id}" params={{ id: row.conversation.id }} className="block truncate text-sm font-medium hover:underline">
                        {row.conversation.contact?.name ?? row.conversation.participants[0]?.address ?? `#${row.conversation.number}`}
                        {row.conversation.subject && <span className="font-normal text-ink-3"> · {row.conversation.subject}</span>}
                      </Link>
                      <p className="mt-0.5 mb-1 line-clamp-2 text-sm text-ink-2 [overflow-wrap:anywhere]">
                        {row.message.text || row.message.attachments.map((f) => f.name).join(", ")}
                      </p>
                      <ScheduledTime message={row.message} />
                    </div>
                    <span className="ms-auto flex shrink-0 gap-1">
                      <ScheduledActions message={row.message} />
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          ))
        )}
        {list.hasNextPage && (
          <Button className="mx-auto flex" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("more")}
          </Button>
        )}
      </div>
    </div>
  );
}
