import { ShieldAlert, ShieldQuestionMark } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { authenticityOf, domainOf, type Found } from "./authenticity";

/** Says that a mail may not be from whom it names, and why. Nothing where nothing speaks against it. */
export function SenderWarning({ message: m }: { message: Message }) {
  const { t } = useTranslation("mail");
  const [open, setOpen] = useState(false);
  const found = authenticityOf(m);
  if (found?.verdict !== "fail" && found?.verdict !== "doubtful") return null;
  const bad = found.verdict === "fail";
  const Icon = bad ? ShieldAlert : ShieldQuestionMark;
  return (
    <div role="note" className={`mt-3 rounded-md px-3 py-2 text-sm md:ms-12 ${bad ? "bg-bad-soft text-bad" : "bg-warn-soft text-warn"}`}>
      <p className="flex items-start gap-2">
        <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <strong className="font-semibold">{t(bad ? "sender.forged" : "sender.doubtful", { domain: domainOf(m) })}</strong> {t(bad ? "sender.forgedText" : "sender.doubtfulText")}{" "}
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="underline underline-offset-2 max-md:py-2">
            {t(open ? "sender.less" : "sender.more")}
          </button>
        </span>
      </p>
      {open && (
        <div className="mt-2 ps-6">
          <SenderCheck message={m} />
        </div>
      )}
    </div>
  );
}

/** Each check and what it came to. */
export function SenderCheck({ message: m }: { message: Message }) {
  const { t } = useTranslation("mail");
  const found = authenticityOf(m);
  if (!found) return null;
  const row = (name: string, one: Found | null) => (
    <div key={name} className="grid grid-cols-[4rem_1fr] gap-2">
      <dt className="font-medium">{name}</dt>
      <dd className="[overflow-wrap:anywhere]">
        {one ? t(`sender.result.${one.result}`, { defaultValue: one.result }) : t("sender.result.none")}
        {one?.domain && ` · ${one.domain}`}
        {name === "DMARC" && found.policy && ` · ${t("sender.policy", { policy: found.policy })}`}
      </dd>
    </div>
  );
  return (
    <div className="text-xs">
      <dl className="flex flex-col gap-1">
        {row("DMARC", found.dmarc)}
        {row("SPF", found.spf)}
        {found.dkim.length === 0 ? row("DKIM", null) : found.dkim.map((one, i) => <div key={`${one.domain}${String(i)}`}>{row("DKIM", one)}</div>)}
      </dl>
      {found.by && <p className="mt-1 opacity-80">{t("sender.by", { name: found.by })}</p>}
    </div>
  );
}
