import { Clock3 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { WindowState } from "@/api/types";

/** How long free answers are possible on this channel; nothing where they always are. */
export function WindowNote({ window: w }: { window: WindowState | null | undefined }) {
  const { t } = useTranslation("composer");
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 30_000);
    return () => window.clearInterval(timer);
  }, []);
  if (!w?.open_until) return null;
  const open = Date.parse(w.open_until) - now;
  const human = w.human_until ? Date.parse(w.human_until) - now : 0;
  const span = (ms: number) => {
    const minutes = Math.max(1, Math.floor(ms / 60_000));
    const [d, h] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
    return d ? t("window.days", { d, h }) : h ? t("window.hours", { h, m: minutes % 60 }) : t("window.minutes", { m: minutes });
  };
  const text = open > 0 ? t("window.open", { span: span(open) }) : human > 0 ? t("window.human", { span: span(human) }) : t("window.closed");
  const soon = open > 0 && open < 2 * 3_600_000;
  return (
    <span className={`flex shrink-0 items-center gap-1 text-xs tabular-nums ${soon || open <= 0 ? "text-warn" : "text-ink-3"}`}>
      <Clock3 className="size-3.5" aria-hidden />
      {text}
    </span>
  );
}
