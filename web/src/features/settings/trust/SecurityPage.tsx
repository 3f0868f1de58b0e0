import { useTranslation } from "react-i18next";
import { SettingsPage } from "../Page";
import { Devices } from "./Devices";
import { SecondStep } from "./SecondStep";

/** One's own safety: the second step of signing in, and where one is signed in. */
export function SecurityPage() {
  const { t } = useTranslation("trust");
  return (
    <SettingsPage title={t("security.title")} lead={t("security.lead")}>
      <SecondStep />
      <Devices />
    </SettingsPage>
  );
}
