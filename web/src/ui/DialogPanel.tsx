import { X } from "lucide-react";
import { Dialog as D } from "radix-ui";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { DialogProps } from "./Dialog";
import { IconButton } from "./IconButton";

export function DialogPanel({ open, onOpenChange, title, children, className, bare, onClosed }: DialogProps & { onClosed: (e: Event) => void }) {
  const { t } = useTranslation("common");
  return (
    <D.Root open={open} onOpenChange={onOpenChange}>
      <D.Portal>
        <D.Overlay className="veil fixed inset-0 z-40" />
        <D.Content
          aria-describedby={undefined}
          onCloseAutoFocus={onClosed}
          onOpenAutoFocus={(e) => {
            // What is only read begins with itself, not with the way out and its tooltip.
            const content = e.currentTarget as HTMLElement;
            if (content.querySelector("input, select, textarea, a[href], button:not([data-way-out])")) return;
            e.preventDefault();
            content.focus();
          }}
          className={cn(
            "pop scroll fixed top-[12vh] inset-x-0 mx-auto outline-none z-50 max-h-[76vh] w-[min(480px,calc(100vw-24px))] overflow-x-hidden overflow-y-auto rounded-xl border border-line bg-raised shadow-3 max-[479px]:inset-0 max-[479px]:max-h-none max-[479px]:w-full max-[479px]:rounded-none max-[479px]:border-0",
            !bare && "p-5",
            className,
          )}
        >
          <D.Title className={bare ? "sr-only" : "-mt-0.5 mb-4 pe-10 text-lg font-semibold tracking-[-0.018em]"}>{title}</D.Title>
          {children}
          {/* Last, so that the focus begins with what the dialog is about. */}
          {!bare && (
            <D.Close asChild>
              <IconButton label={t("close")} data-way-out="" className="absolute end-3 top-3">
                <X aria-hidden />
              </IconButton>
            </D.Close>
          )}
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}
