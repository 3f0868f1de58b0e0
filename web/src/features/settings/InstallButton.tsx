import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { Button, toast } from "@/ui";

/** Lets the channel register its own webhook address at the provider. */
export function InstallButton({ id }: { id: string }) {
  const { t } = useTranslation("settings");
  const install = useMutation({
    mutationFn: () => api.post<{ ok: boolean; detail: string }>(`/channels/${id}/install`, {}),
    onSuccess: ({ detail }) => toast(detail || t("install.done")),
    onError: (e) => toast.error((e instanceof ApiError && e.detail) || t("failed")),
  });
  return (
    <div className="mt-4 flex flex-wrap items-center gap-3 rounded-md bg-subtle px-3 py-2.5">
      <p className="min-w-0 flex-1 text-sm text-ink-2">{t("install.text")}</p>
      <Button onClick={() => install.mutate()} loading={install.isPending}>
        {t("install.run")}
      </Button>
    </div>
  );
}
