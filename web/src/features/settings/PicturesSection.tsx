import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Me, useSavePreferences } from "@/api/client";
import { picturesFrom } from "@/lib/pictures";
import { IconButton } from "@/ui";
import { Rows, Section } from "./Page";

/** Whose pictures from other servers one has allowed, to be taken back. */
export function PicturesSection({ me }: { me: Me }) {
  const { t } = useTranslation("settings");
  const save = useSavePreferences();
  const senders = picturesFrom(me.preferences);
  return (
    <Section title={t("pictures.title")} lead={t(senders.length ? "pictures.lead" : "pictures.none")}>
      {senders.length > 0 && (
        <div className="max-w-[640px]">
          <Rows label={t("pictures.title")}>
            {senders.map((sender) => (
              <li key={sender} className="flex items-center gap-3 py-1 ps-4 pe-2 text-sm">
                <span className="min-w-0 flex-1 truncate">{sender}</span>
                <IconButton label={t("pictures.forget", { sender })} size="sm" onClick={() => save({ pictures: senders.filter((s) => s !== sender) })}>
                  <X aria-hidden />
                </IconButton>
              </li>
            ))}
          </Rows>
        </div>
      )}
    </Section>
  );
}
