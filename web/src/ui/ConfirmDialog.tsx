import { AlertDialog } from "radix-ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { Button } from "@/ui";
import { useReturn } from "./return";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text: string;
  /** The verb on the button. */
  confirm: string;
  danger?: boolean;
  onConfirm: () => Promise<void>;
}

/** Asks before what cannot be undone. Stays open, with the reason, when it did not work. */
export function ConfirmDialog({ open, onOpenChange, title, text, confirm, danger, onConfirm }: Props) {
  const { t } = useTranslation("form");
  const closed = useReturn(open);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const act = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (e) {
      setError((e instanceof ApiError && e.detail) || t("failed"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        setError(null);
        onOpenChange(next);
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="veil fixed inset-0 z-40" />
        <AlertDialog.Content
          onCloseAutoFocus={closed}
          className="pop fixed top-[20vh] inset-x-0 z-50 mx-auto w-[min(420px,calc(100vw-24px))] rounded-xl border border-line bg-raised p-5 shadow-3"
        >
          <AlertDialog.Title className="text-md font-semibold [overflow-wrap:anywhere]">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-sm text-ink-2">{text}</AlertDialog.Description>
          {error && (
            <p role="alert" className="mt-3 text-sm font-medium text-bad [overflow-wrap:anywhere]">
              {error}
            </p>
          )}
          <div className="mt-5 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button variant="ghost">{t("cancel")}</Button>
            </AlertDialog.Cancel>
            <Button variant={danger ? "danger" : "primary"} loading={busy} onClick={() => void act()}>
              {confirm}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
