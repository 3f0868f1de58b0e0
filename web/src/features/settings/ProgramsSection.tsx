import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { ErrorState, Skeleton } from "@/ui";
import { CopyField } from "@/ui/CopyField";
import { Section } from "./Page";

interface Door {
  address: string;
  account_id: number;
}

/** What a program written for another product's API is told instead of what it had. */
export function ProgramsSection() {
  const { t } = useTranslation("settings");
  const door = useQuery({ queryKey: ["door"], queryFn: () => api.get<Door>("/chatwoot"), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Section title={t("programs.title")} lead={t("programs.lead")}>
      {door.isError ? (
        <ErrorState title={t("programs.failed")} error={door.error} onRetry={() => void door.refetch()} />
      ) : (
        <div className="flex max-w-[640px] flex-col gap-4">
          {door.data ? (
            <>
              <CopyField label={t("programs.address")} value={door.data.address} />
              <CopyField label={t("programs.account")} value={String(door.data.account_id)} hint={t("programs.token")} />
            </>
          ) : (
            <Skeleton className="h-32 rounded-md" />
          )}
        </div>
      )}
    </Section>
  );
}
