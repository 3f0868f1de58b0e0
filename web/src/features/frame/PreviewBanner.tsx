import { Eye } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api, useMe } from "@/api/client";
import { Button, toast } from "@/ui";

/** Says on every page that it is seen with another member's eyes, and leads back. */
export function PreviewBanner() {
  const { t } = useTranslation("frame");
  const preview = useMe()?.preview;
  const [busy, setBusy] = useState(false);
  if (!preview) return null;
  const leave = async () => {
    setBusy(true);
    try {
      await api.delete("/me/preview");
      // Everything on the screen was theirs.
      location.assign("/settings/people");
    } catch (e) {
      setBusy(false);
      toast.error((e instanceof ApiError && e.detail) || t("preview.failed"));
    }
  };
  return (
    <div role="status" className="flex min-h-9 items-center gap-2 bg-info-soft px-3 py-1 text-sm text-info md:mb-2 md:rounded-md">
      <Eye className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1">
        <span className="font-medium">{t("preview.as", { name: preview.name })}</span> <span className="max-md:hidden">{t("preview.readOnly")}</span>
      </p>
      <Button size="sm" loading={busy} onClick={() => void leave()}>
        {t("preview.leave")}
      </Button>
    </div>
  );
}
