import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { useCopy } from "./use-copy";

/** What failed, in the pane where it failed, and the way on. */
export function ErrorState({ title, error, onRetry }: { title: string; error: unknown; onRetry: () => void }) {
  const { t } = useTranslation("common");
  const [copied, copy] = useCopy();
  const { detail, requestId, status } = (error ?? {}) as { detail?: string; requestId?: string | null; status?: number };
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-6 py-16 text-center">
      <p className="text-sm font-semibold">{title}</p>
      <p className="max-w-96 text-sm text-ink-2">{detail || (status === 0 ? t("unreachable") : t("nothingLost"))}</p>
      <Button className="mt-2" onClick={onRetry}>
        {t("tryAgain")}
      </Button>
      {requestId && (
        <Button variant="ghost" size="sm" className="font-normal text-ink-3" onClick={() => copy(requestId)}>
          {copied ? t("copied") : t("reference", { id: requestId })}
        </Button>
      )}
    </div>
  );
}
