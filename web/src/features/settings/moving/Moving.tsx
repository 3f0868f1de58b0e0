import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, useMe } from "@/api/client";
import { STANDSTILL, useStandstill } from "@/lib/standstill";
import { Button, toast } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Section } from "../Page";
import { Deletion } from "./Deletion";
import { Exports } from "./Exports";

/** What is done to the workspace as a whole: going on after a move, exporting it, deleting it. */
export function Moving() {
  const { t } = useTranslation("archives");
  const me = useMe();
  const still = useStandstill().data?.standstill;
  if (!me) return null;
  return (
    <>
      {still?.reason === "moved" && <GoOn />}
      {me.role === "owner" ? (
        <>
          <Exports />
          <Deletion workspace={me.workspace} />
        </>
      ) : (
        <Section title={t("owners.title")}>
          <p className="text-sm text-ink-2">{t("owners.text")}</p>
        </Section>
      )}
    </>
  );
}

function GoOn() {
  const { t } = useTranslation("archives");
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <Section title={t("goOn.title")} lead={t("goOn.text")}>
      <Button variant="primary" onClick={() => setAsking(true)}>
        {t("goOn.button")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("goOn.askTitle")}
        text={t("goOn.askText")}
        confirm={t("goOn.button")}
        onConfirm={async () => {
          await api.post("/workspace/resume");
          await queries.invalidateQueries({ queryKey: STANDSTILL });
          toast(t("goOn.done"));
        }}
      />
    </Section>
  );
}
