import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { Contact } from "@/api/types";
import { looksLikeEmail } from "@/features/setup/AccountStep";
import { Problem } from "@/features/setup/Frame";
import { useSubmit } from "@/lib/submit";
import { Button, Dialog, toast } from "@/ui";
import { TextField } from "@/ui/form";

export function NewContactDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("contacts");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [phone, setPhone] = useState("");
  const [company, setCompany] = useState("");
  const submit = useSubmit();
  const { errors, problem } = submit;
  const taken = problem?.code === "handle.taken" ? (problem.body as { contact?: { id: string; name: string } }).contact : undefined;
  const errorOf = (one: string, many: string) => errors[one] ?? errors[many] ?? errors[`${many}.0`] ?? errors[`${many}[0]`];

  const send = async () => {
    try {
      const made = await api.post<Contact>("/contacts", {
        name: name.trim(),
        emails: email.trim() ? [email.trim()] : [],
        phones: phone.trim() ? [phone.trim()] : [],
        company_name: company.trim() || undefined,
      });
      void queries.invalidateQueries({ queryKey: ["contacts"] });
      toast(t("made", { name: made.name }));
      onClose();
      void navigate({ to: "/contacts/$id", params: { id: made.id } });
    } catch (e) {
      // The one fault that leads somewhere: the person is here already.
      if (e instanceof ApiError && e.code === "handle.taken") throw new ApiError({ ...e.body, fields: [] });
      throw e;
    }
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("new")}>
      <form
        ref={submit.form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit.run(send, { name: !name.trim() && t("nameMissing"), email: email.trim() && !looksLikeEmail(email) ? t("emailWrong") : null });
        }}
      >
        {problem && (
          <Problem>
            {problem.detail || t("saveFailed")}{" "}
            {taken && (
              <Link to="/contacts/$id" params={{ id: taken.id }} className="font-medium text-accent-ink underline underline-offset-2" onClick={onClose}>
                {t("openNamed", { name: taken.name })}
              </Link>
            )}
          </Problem>
        )}
        <TextField label={t("name")} autoFocus autoComplete="off" value={name} onChange={(v) => { setName(v); submit.clear("name"); }} error={errors.name} maxLength={200} />
        <TextField label={t("kind.email")} optional type="email" autoComplete="off" value={email} onChange={(v) => { setEmail(v); submit.clear("email", "emails", "emails.0"); }} error={errorOf("email", "emails")} />
        <TextField label={t("kind.phone")} optional type="tel" autoComplete="off" value={phone} onChange={(v) => { setPhone(v); submit.clear("phone", "phones", "phones.0"); }} error={errorOf("phone", "phones")} />
        <TextField label={t("company")} optional autoComplete="off" value={company} onChange={(v) => { setCompany(v); submit.clear("company_name"); }} error={errors.company_name} maxLength={200} />
        <div className="flex justify-end gap-2">
          <Button variant="ghost" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" variant="primary" loading={submit.busy}>
            {t("create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
