import { expect, it } from "vitest";
import { fromForm } from "./form";

it("reads the form of a channel as the server does", () => {
  expect(fromForm({ name: "Website", title: " Chat with us ", pre_chat: "required", colour: "#126b7d" })).toEqual({
    name: "Chat with us",
    pre_chat: "required",
    email_required: true,
    colour: "#126b7d",
  });
});

it("goes by the channel's name without a title of its own, and lays nothing over what was not said", () => {
  expect(fromForm({ name: "Website", title: "" })).toEqual({ name: "Website" });
  expect(fromForm({ pre_chat: "off" })).toEqual({ pre_chat: "off", email_required: false });
});
