import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import i18n from "i18next";
import { useState } from "react";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it } from "vitest";
import { ApiError } from "@/api/client";
import common from "@/i18n/en/common.json";
import words from "@/i18n/en/form.json";
import { useSubmit } from "@/lib/submit";
import { FormDialog } from "./FormDialog";
import { TextField } from "./form";

beforeAll(() => void i18n.use(initReactI18next).init({ lng: "en", resources: { en: { form: words, common } } }));
afterEach(cleanup);

const refusal = (detail: string, fields: { field: string; code: string; detail: string }[] = []) =>
  new ApiError({ status: 409, code: "x", title: "", detail, fields, request_id: null });

interface Props {
  /** What the work comes to, one after the other. */
  answers: (Error | "fine")[];
  sent: string[];
  closed: boolean[];
}

function Asked({ answers, sent, closed }: Props) {
  const submit = useSubmit();
  const [name, setName] = useState("");
  const [made, setMade] = useState(false);
  return (
    <FormDialog
      title="New team"
      submit={submit}
      save="Make it"
      onClose={() => closed.push(true)}
      check={{ name: !name && "Give it a name." }}
      work={async () => {
        sent.push(name);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        setMade(true);
      }}
      instead={made && <p>Here is its secret.</p>}
    >
      <TextField label="Name" value={name} onChange={setName} error={submit.errors.name} />
    </FormDialog>
  );
}

async function dialog(...answers: (Error | "fine")[]) {
  const seen: Props = { answers, sent: [], closed: [] };
  render(<Asked {...seen} />);
  await screen.findByText("New team");
  return seen;
}
const name = () => screen.getByLabelText("Name") as HTMLInputElement;
const send = () => fireEvent.click(screen.getByText("Make it"));

it("sends nothing while something is missing, and leads to it", async () => {
  const { sent } = await dialog();
  send();
  await screen.findByText("Give it a name.");
  await waitFor(() => expect(document.activeElement).toBe(name()));
  expect(sent).toEqual([]);
});

it("says what went wrong as a whole, or beside its field, and keeps what was written", async () => {
  const { sent, closed } = await dialog(
    refusal("A workspace has at most 200 teams."),
    refusal("", [{ field: "name", code: "taken", detail: "There is one already." }]),
    refusal(""),
  );
  fireEvent.change(name(), { target: { value: "Crew" } });
  send();
  expect((await screen.findByRole("alert")).textContent).toBe("A workspace has at most 200 teams.");
  send();
  await screen.findByText("There is one already.");
  expect(screen.queryByRole("alert")).toBeNull();
  send();
  await waitFor(() => expect(screen.getByRole("alert").textContent).toBe("That did not work. Nothing was changed."));
  expect([sent, closed, name().value]).toEqual([["Crew", "Crew", "Crew"], [], "Crew"]);
});

it("shows what comes of it in place of the form, and closes by the way out", async () => {
  const { closed } = await dialog("fine");
  fireEvent.change(name(), { target: { value: "Crew" } });
  send();
  await screen.findByText("Here is its secret.");
  expect(screen.queryByText("Make it")).toBeNull();
  fireEvent.click(screen.getByLabelText("Close"));
  expect(closed).toEqual([true]);
});
