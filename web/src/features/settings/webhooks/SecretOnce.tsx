import { useTranslation } from "react-i18next";
import type { WebhookFormat } from "@/api/types";
import { Button } from "@/ui";
import { CopyField } from "@/ui/CopyField";

const CHECK: Record<WebhookFormat, string> = {
  standard: "webhook-signature: v1,base64(hmac_sha256(secret, id + '.' + timestamp + '.' + body))",
  chatwoot: "X-Chatwoot-Signature: sha256=hex(hmac_sha256(secret, timestamp + '.' + body))",
};

/** A secret that is shown this once, and what it is for. */
export function SecretOnce({ secret, format, onDone }: { secret: string; format: WebhookFormat; onDone: () => void }) {
  const { t } = useTranslation("webhooks");
  return (
    <div className="flex flex-col gap-4">
      <CopyField label={t("secret.label")} value={secret} hint={t("secret.hint")} />
      <p className="text-sm text-ink-2">{t("secret.use")}</p>
      <pre className="scroll overflow-x-auto rounded-sm border border-line bg-subtle p-3 font-mono text-xs leading-[18px] text-ink">{CHECK[format]}</pre>
      <Button variant="primary" className="self-end" onClick={onDone}>
        {t("secret.done")}
      </Button>
    </div>
  );
}
