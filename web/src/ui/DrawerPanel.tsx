import { X } from "lucide-react";
import { Dialog as D } from "radix-ui";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { DrawerProps } from "./Drawer";
import { IconButton } from "./IconButton";

export function DrawerPanel({ open, onOpenChange, title, children, side = "end", className, bare, onClosed }: DrawerProps & { onClosed: (e: Event) => void }) {
  const { t } = useTranslation("common");
  return (
    <D.Root open={open} onOpenChange={onOpenChange}>
      <D.Portal>
        <D.Overlay className="veil fixed inset-0 z-40" />
        <D.Content
          aria-describedby={undefined}
          onCloseAutoFocus={onClosed}
          tabIndex={-1}
          onOpenAutoFocus={(e) => {
            e.preventDefault();
            (e.currentTarget as HTMLElement).focus();
          }}
          onEscapeKeyDown={(e) => {
            // What is being edited takes the key for itself.
            if (e.target instanceof Element && e.target.closest("[data-own-escape]")) e.preventDefault();
          }}
          className={cn(
            "scroll fixed inset-y-0 z-50 w-[min(560px,100vw)] overflow-x-hidden overflow-y-auto bg-raised [overflow-wrap:anywhere] shadow-3 outline-none",
            side === "end" ? "end-0 border-s border-line" : "start-0 border-e border-line",
            !bare && "p-5",
            className,
          )}
        >
          {bare ? (
            <D.Title className="sr-only">{title}</D.Title>
          ) : (
            <div className="mb-4 flex items-center">
              <D.Title className="min-w-0 flex-1 text-lg font-semibold tracking-[-0.018em]">{title}</D.Title>
              <D.Close asChild>
                <IconButton label={t("close")}>
                  <X aria-hidden />
                </IconButton>
              </D.Close>
            </div>
          )}
          {children}
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}
