import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Paperclip, RefreshCw, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, csrfToken, useEvents } from "@/api/client";
import type { Channel, Descriptor } from "@/api/types";
import { type StoredFile, UploadError, upload } from "@/api/upload";
import { dateTime } from "@/lib/dates";
import { Button, ErrorState, IconButton, toast } from "@/ui";
import { AreaField, ChoiceField, TextField } from "@/ui/form";

type Fault = "rate_limit" | "outage" | "expired_token";
interface Exchange {
  at: string;
  method: string;
  path: string;
  body: string;
  status: number;
  answer: string;
  seen: { external_id: string; to: string; text: string; files: string[] } | null;
}
interface State {
  exchanges: Exchange[];
  fault: Fault | null;
}

/** Be the customer, see exactly what the provider saw, break the provider. */
export function SimulatorPanel({ channel, descriptor }: { channel: Channel; descriptor: Descriptor }) {
  const { t, i18n } = useTranslation("settings");
  const queries = useQueryClient();
  const key = ["simulator", channel.id];
  const state = useQuery({ queryKey: key, queryFn: () => api.get<State>(`/channels/${channel.id}/simulator`) });
  const [text, setText] = useState("");
  const [customer, setCustomer] = useState("1");
  const [way, setWay] = useState("once");
  const [file, setFile] = useState<StoredFile | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const again = () => void queries.invalidateQueries({ queryKey: key });
  useEvents((frame) => frame.type === "event" && frame.kind.startsWith("message.") && again());
  const failed = (e: unknown) => void toast.error((e instanceof ApiError && (e.fields[0]?.detail || e.detail)) || (e instanceof UploadError && e.detail) || t("failed"));
  const say = useMutation({
    mutationFn: () =>
      api.post(`/channels/${channel.id}/simulate`, {
        text: text.trim(),
        customer: Number(customer),
        subject: descriptor.capabilities.subject ? t("simulator.subject") : undefined,
        times: way === "doubled" ? 5 : 1,
        shuffled: way === "shuffled",
        file_id: file?.id,
      }),
    onSuccess: () => {
      setText("");
      setFile(null);
    },
    onError: failed,
  });
  const attach = useMutation({
    mutationFn: (chosen: File) => upload(chosen, csrfToken(), () => {}, new AbortController().signal),
    onSuccess: setFile,
    onError: failed,
  });
  const something = !!text.trim() || !!file;
  const Words = way === "shuffled" ? AreaField : TextField;
  const fault = useMutation({
    mutationFn: (fault: string) => api.put<State>(`/channels/${channel.id}/simulator`, { fault: fault === "none" ? null : fault }),
    onSuccess: (now) => queries.setQueryData(key, now),
    onError: failed,
  });
  const report = useMutation({
    mutationFn: (r: { external_id: string; to: string; status: string }) => api.post(`/channels/${channel.id}/simulate/report`, r),
    onSuccess: () => toast(t("simulator.reported")),
    onError: failed,
  });
  return (
    <div className="flex flex-col gap-5 rounded-lg border border-line bg-raised p-4">
      <form
        className="flex flex-col gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          if (something) say.mutate();
        }}
      >
        <Words
          label={t("simulator.says")}
          hint={way === "shuffled" ? t("simulator.lines") : undefined}
          value={text}
          onChange={setText}
          placeholder={t("test.hello")}
          maxLength={2000}
          autoComplete="off"
        />
        <div className="flex flex-wrap items-end gap-3">
          <ChoiceField
            label={t("simulator.customer")}
            value={customer}
            onChange={setCustomer}
            options={[1, 2, 3, 4, 5].map((n) => ({ value: String(n), label: t("simulator.customerN", { n }) }))}
            className="w-36"
          />
          <ChoiceField
            label={t("simulator.way")}
            value={way}
            onChange={setWay}
            options={["once", "doubled", "shuffled"].map((w) => ({ value: w, label: t(`simulator.ways.${w}`) }))}
            className="w-48"
          />
          {descriptor.capabilities.attachments && (
            <>
              <input
                ref={picker}
                type="file"
                hidden
                data-testid="simulator-file"
                onChange={(e) => {
                  const chosen = e.target.files?.[0];
                  if (chosen) attach.mutate(chosen);
                  e.target.value = "";
                }}
              />
              <Button type="button" size="lg" variant="ghost" loading={attach.isPending} onClick={() => picker.current?.click()}>
                <Paperclip aria-hidden /> {t("simulator.file")}
              </Button>
            </>
          )}
          <Button type="submit" size="lg" loading={say.isPending} disabled={!something}>
            {t("simulator.send")}
          </Button>
        </div>
        {file && (
          <p className="flex items-center gap-2 text-sm">
            <Paperclip aria-hidden className="size-4 shrink-0 text-ink-3" />
            <span className="min-w-0 truncate">{file.name}</span>
            <IconButton size="sm" label={t("simulator.noFile", { name: file.name })} onClick={() => setFile(null)}>
              <X aria-hidden />
            </IconButton>
          </p>
        )}
      </form>
      {state.isError ? (
        <ErrorState title={t("simulator.failed")} error={state.error} onRetry={() => void state.refetch()} />
      ) : (
        <>
          <ChoiceField
            label={t("simulator.fault")}
            hint={t("simulator.faultHint")}
            value={state.data?.fault ?? "none"}
            onChange={(v) => fault.mutate(v)}
            options={["none", "rate_limit", "outage", "expired_token"].map((f) => ({ value: f, label: t(`simulator.faults.${f}`) }))}
            className="max-w-72"
          />
          <div>
            <div className="mb-2 flex items-center gap-2">
              <h3 className="flex-1 text-sm font-medium">{t("simulator.seen")}</h3>
              <IconButton size="sm" label={t("simulator.refresh")} onClick={again}>
                <RefreshCw aria-hidden />
              </IconButton>
            </div>
            {state.data?.exchanges.length === 0 && <p className="text-sm text-ink-3">{t("simulator.nothing")}</p>}
            <ul className="flex flex-col gap-2">
              {state.data?.exchanges.map((x) => (
                <li key={x.at + x.path + x.body.length} className="rounded-md border border-line bg-subtle">
                  <details>
                    <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-xs">
                      <time className="tabular-nums text-ink-3" dateTime={x.at}>
                        {dateTime(x.at, i18n.language)}
                      </time>
                      <code className="min-w-0 flex-1 truncate font-mono">
                        {x.method} {x.path}
                      </code>
                      <span className={`tabular-nums ${x.status < 300 ? "text-good" : "text-bad"}`}>{x.status}</span>
                    </summary>
                    <div className="flex flex-col gap-2 border-t border-line p-3">
                      <Raw label={t("simulator.request")} text={x.body} />
                      <Raw label={t("simulator.answer")} text={x.answer} />
                    </div>
                  </details>
                  {x.seen && (
                    <div className="flex flex-wrap items-center gap-2 border-t border-line px-3 py-2 text-sm">
                      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                        <span className="text-ink-3">{x.seen.to}: </span>
                        {x.seen.text || x.seen.files.join(", ")}
                      </span>
                      {(["delivered", "read", "failed"] as const)
                        .filter((s) => (s === "delivered" ? descriptor.capabilities.delivery_reports : s === "read" ? descriptor.capabilities.read_reports : true))
                        .map((status) => (
                          <Button key={status} size="sm" variant="ghost" onClick={() => x.seen && report.mutate({ external_id: x.seen.external_id, to: x.seen.to, status })}>
                            {t(`simulator.report.${status}`)}
                          </Button>
                        ))}
                    </div>
                  )}
                </li>
              ))}
            </ul>
          </div>
        </>
      )}
    </div>
  );
}

function Raw({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation("settings");
  return (
    <div>
      <p className="mb-1 text-2xs text-ink-3">{label}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label} className="scroll max-h-56 overflow-auto rounded-sm bg-press p-2">
        <pre className="font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{text || t("simulator.empty")}</pre>
      </section>
    </div>
  );
}
