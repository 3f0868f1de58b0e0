import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Submit } from "@/lib/submit";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Problem } from "./Problem";

interface Props {
  title: string;
  submit: Submit;
  /** Sends what is written, and closes. What it throws is said in the form. */
  work: () => Promise<void>;
  /** What is wrong before anything is sent, by field. */
  check?: Parameters<Submit["run"]>[1];
  onClose: () => void;
  /** The verb on the button; without it, to save. */
  save?: string;
  danger?: boolean;
  className?: string;
  /** What takes the place of the form once it was sent, such as a secret that is shown once. */
  instead?: ReactNode;
  children: ReactNode;
}

/** A form above the page: its fields, what went wrong, and the two ways on. */
export function FormDialog({ title, submit, work, check, onClose, save, danger, className, instead, children }: Props) {
  const { t } = useTranslation("form");
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} className={className}>
      {instead || (
        <form
          ref={submit.form}
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            void submit.run(work, check);
          }}
        >
          {submit.problem && <Problem>{submit.problem.detail || t("failed")}</Problem>}
          {children}
          <div className="flex justify-end gap-2">
            <Button variant="ghost" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" variant={danger ? "danger" : "primary"} loading={submit.busy}>
              {save ?? t("save")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
