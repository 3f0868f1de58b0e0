import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Invitation } from "@/api/types";
import { Button } from "@/ui";
import { CopyField } from "@/ui/CopyField";
import { ChoiceField } from "@/ui/form";
import { Problem, Title } from "./Frame";

export function InviteStep({ onBack, onFinish }: { onBack: () => void; onFinish: () => void }) {
  const { t } = useTranslation("setup");
  const [role, setRole] = useState("agent");
  const invite = useMutation({ mutationFn: () => api.post<Invitation>("/invitations", { role }) });

  return (
    <>
      <Title title={t("invite.title")} lead={t("invite.lead")} />
      <div className="flex flex-col gap-4">
        {invite.isError && <Problem>{t("invite.failed")}</Problem>}
        {invite.data ? (
          <CopyField label={t("invite.link")} value={invite.data.url} hint={t(`invite.made.${invite.data.role === "admin" ? "admin" : "agent"}`)} />
        ) : (
          <>
            <ChoiceField
              label={t("invite.role")}
              value={role}
              onChange={setRole}
              options={[
                { value: "agent", label: t("invite.agent") },
                { value: "admin", label: t("invite.admin") },
              ]}
              hint={t(`invite.hint.${role === "admin" ? "admin" : "agent"}`)}
            />
            <Button size="lg" onClick={() => invite.mutate()} loading={invite.isPending}>
              {t("invite.make")}
            </Button>
          </>
        )}
        <div className="mt-2 flex gap-2">
          <Button variant="ghost" size="lg" onClick={onBack}>
            {t("back")}
          </Button>
          <Button variant="primary" size="lg" className="flex-1" onClick={onFinish}>
            {t("invite.finish")}
          </Button>
        </div>
      </div>
    </>
  );
}
