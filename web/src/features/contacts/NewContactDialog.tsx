import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
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
  // The answer names the person who has the address, with the id in brackets at the end.
  const owner = problem?.code === "handle.taken" ? /\s*\((con_[^)]+)\)/.exec(problem.detail) : null;
  const detail = owner ? problem?.detail.replace(owner[0], "") : problem?.detail;
  const errorOf = (one: string, many: string) => errors[one] ?? errors[many] ?? errors[`${many}.0`] ?? errors[`${many}[0]`];

  const send = async () => {
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
            {detail || t("saveFailed")}{" "}
            {owner?.[1] && (
              <Link to="/contacts/$id" params={{ id: owner[1] }} className="font-medium text-accent-ink underline underline-offset-2" onClick={onClose}>
                {t("openThem")}
              </Link>
            )}
          </Problem>
        )}
        <TextField
          label={t("name")}
          autoFocus
          autoComplete="off"
          value={name}
          onChange={(v) => {
            setName(v);
            submit.clear("name");
          }}
          error={errors.name}
          maxLength={200}
        />
        <TextField
          label={t("kind.email")}
          optional
          type="email"
          autoComplete="off"
          value={email}
          onChange={(v) => {
            setEmail(v);
            submit.clear("email", "emails", "emails.0");
          }}
          error={errorOf("email", "emails")}
        />
        <TextField
          label={t("kind.phone")}
          optional
          type="tel"
          autoComplete="off"
          value={phone}
          onChange={(v) => {
            setPhone(v);
            submit.clear("phone", "phones", "phones.0");
          }}
          error={errorOf("phone", "phones")}
        />
        <TextField
          label={t("company")}
          optional
          autoComplete="off"
          value={company}
          onChange={(v) => {
            setCompany(v);
            submit.clear("company_name");
          }}
          error={errors.company_name}
          maxLength={200}
        />
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
