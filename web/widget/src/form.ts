import type { Config } from "./types";

/**
 * The settings of a channel as its form holds them, in the words the chat window goes by: the same as the server
 * makes of them when a page loads. Kept here, so that the settings pages need to know none of the fields.
 */
export function fromForm(form: Record<string, unknown>): Partial<Config> {
  const { title, ...rest } = form;
  return {
    ...rest,
    ...(typeof title === "string" && title.trim() && { name: title.trim() }),
    ...(form.pre_chat !== undefined && { email_required: form.pre_chat === "required" }),
  };
}
