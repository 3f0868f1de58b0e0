import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Toaster as Sonner, toast } from "sonner";
import { isRtl } from "@/lib/language";
import { toastsReady } from "./toast";

/** Where messages about what has just been done stand: low at the start, with the way back. */
export default function Toaster() {
  const { t, i18n } = useTranslation("common");
  const rtl = isRtl(i18n.language);
  useEffect(() => toastsReady(toast), []);
  return (
    <Sonner
      position={rtl ? "bottom-right" : "bottom-left"}
      dir={rtl ? "rtl" : "ltr"}
      style={{ fontFamily: "inherit" }}
      duration={6_000}
      visibleToasts={3}
      offset={16}
      mobileOffset={{ bottom: 72, left: 12, right: 12 }}
      containerAriaLabel={t("messages")}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast: "flex w-full items-center gap-3 rounded-lg border border-line bg-raised px-4 py-3 text-sm text-ink shadow-3 sm:w-[356px]",
          title: "font-medium",
          description: "text-ink-2",
          content: "min-w-0 flex-1",
          icon: "shrink-0 text-ink-3",
          actionButton: "shrink-0 rounded-sm px-2 py-1 text-sm font-medium text-accent-ink hover:bg-hover max-md:min-h-11 max-md:px-3",
          cancelButton: "shrink-0 rounded-sm px-2 py-1 text-sm text-ink-2 hover:bg-hover",
          error: "text-bad!",
        },
      }}
    />
  );
}
