import type { Client } from "./client";
import { button, h } from "./dom";
import type { Config } from "./types";
import type { Say } from "./words";

/** Whether the visitor is asked who they are before the chat. */
export function asks(config: Config, client: Client): boolean {
  if (config.pre_chat === "off" || client.preChatDone || client.visitor.verified) return false;
  if (client.conversationId || client.log.all().length || client.outbox.all().length) return false;
  const { name, email } = client.visitor;
  return config.pre_chat === "required" ? !name || (config.email_required && !email) : !name && !email;
}

export function drawQuestions(form: HTMLFormElement, say: Say, config: Config, client: Client): void {
  const must = config.pre_chat === "required";
  const field = (name: "name" | "email", required: boolean) => {
    const error = h("div", { className: "er", id: `${name}-e`, hidden: true });
    const input = h("input", {
      name,
      id: name,
      type: name === "email" ? "email" : "text",
      autocomplete: name,
      maxLength: 200,
      required,
      "aria-describedby": `${name}-e`,
      value: client.visitor[name] ?? "",
    });
    const label = h("label", { htmlFor: name }, `${say(name)} `);
    if (!required) label.append(h("i", {}, `(${say("optional")})`));
    const check = () => {
      const v = input.value.trim();
      const wrong =
        required && !v ? say(name === "name" ? "nameMissing" : "emailMissing") : name === "email" && v && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(v) ? say("emailWrong") : "";
      error.textContent = wrong;
      error.hidden = !wrong;
      input.ariaInvalid = String(!!wrong);
      return !wrong;
    };
    input.oninput = () => input.ariaInvalid === "true" && check();
    return { input, check, box: h("div", {}, label, input, error) };
  };
  const name = field("name", must);
  const email = field("email", must && config.email_required);
  form.onsubmit = (e) => {
    e.preventDefault();
    const fine = [name, email].map((f) => f.check());
    if (!fine[0]) return name.input.focus();
    if (!fine[1]) return email.input.focus();
    client.introduce({ name: name.input.value.trim() || undefined, email: email.input.value.trim() || undefined });
  };
  form.replaceChildren(
    ...(config.greeting ? [h("p", {}, config.greeting)] : []),
    h("p", { className: "hint" }, say("intro")),
    name.box,
    email.box,
    h("button", { className: "p", type: "submit" }, say("start")),
    ...(must ? [] : [button("q", () => client.introduce({}), say("skip"))]),
  );
}
