import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { EMPTY } from "@/features/inbox/composer/draft";
import { useWriting } from "@/features/inbox/composer/state";
import { useAttachments } from "@/features/inbox/composer/use-attachments";
import { Problem } from "@/features/setup/Frame";
import type { Submit } from "@/lib/submit";
import { Button, Drawer } from "@/ui";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ChoiceField } from "@/ui/form";
import { KEPT } from "./kept";
import { fill, forget, type Kept, otherWords, plainOf } from "./words";

/** The words of a text that is kept. They stand where those of conversations do, under a name of their own, for as long as the form is open. */
export function useKeptWords(name: string, kept: Kept | undefined) {
  const id = useMemo(() => `${name}:${crypto.randomUUID()}`, [name]);
  const [plain, setPlain] = useState<string | null>(() => plainOf(kept));
  const [began] = useState(() => ({ words: fill(id, kept), plain }));
  const attachments = useAttachments(id, KEPT.limits, () => {});
  const now = useWriting((s) => s.texts[id]) ?? EMPTY;
  useEffect(() => () => forget(id), [id]);
  const changed = plain !== began.plain || attachments.uploads.length > 0 || otherWords(now, began.words);
  return { id, plain, setPlain, attachments, changed };
}

interface Props {
  title: string;
  submit: Submit;
  /** Something would be lost by closing. */
  changed: boolean;
  /** Files are still on their way. */
  waiting: boolean;
  onSave: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** The form of something that is kept for later use; closing it asks before words are lost. */
export function KeptDrawer({ title, submit, changed, waiting, onSave, onClose, children }: Props) {
  const { t } = useTranslation("replies");
  const [asking, ask] = useState(false);
  const close = () => (changed ? ask(true) : onClose());
  return (
    <Drawer open onOpenChange={(open) => !open && close()} title={title}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4 pb-2"
        onSubmit={(e) => {
          e.preventDefault();
          onSave();
        }}
      >
        {submit.problem && <Problem>{submit.problem.detail || t("form.failed")}</Problem>}
        {children}
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={close}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy} disabled={waiting} title={waiting ? t("form.wait") : undefined}>
            {t("form.save")}
          </Button>
        </div>
      </form>
      <ConfirmDialog open={asking} onOpenChange={ask} title={t("form.leave")} text={t("form.leaveText")} confirm={t("form.leaveDo")} danger onConfirm={async () => onClose()} />
    </Drawer>
  );
}

/** For oneself or for everybody; only its owner may take it back from everybody. */
export function ScopeField({ scope, onScope, foreign, submit }: { scope: string; onScope: (scope: string) => void; foreign: boolean; submit: Submit }) {
  const { t } = useTranslation("replies");
  return (
    <ChoiceField
      label={t("form.scope")}
      value={scope}
      onChange={(v) => (onScope(v), submit.clear("scope"))}
      disabled={foreign}
      hint={foreign ? t("form.notYours") : undefined}
      error={submit.errors.scope}
      options={[
        { value: "mine", label: t("form.scopeMine") },
        { value: "all", label: t("form.scopeAll") },
      ]}
    />
  );
}
