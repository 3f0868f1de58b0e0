import { expect, it } from "vitest";
import type { ConfigField } from "@/api/types";
import { faults, initial, outgoing, previewOf } from "./config";

const field = (name: string, kind: ConfigField["kind"], more: Partial<ConfigField> = {}): ConfigField => ({
  name,
  label: name,
  kind,
  required: false,
  help: "",
  help_url: "",
  placeholder: "",
  presets: [],
  when: [],
  default: "",
  options: [],
  generated: false,
  advanced: false,
  ...more,
});
const fields = [
  field("address", "email", { required: true }),
  field("password", "secret", { required: true }),
  field("port", "number", { default: "993" }),
  field("tls", "boolean", { default: "true" }),
  field("domains", "words"),
  field("key", "secret", { generated: true }),
  field("public_name", "text", { generated: true, required: true }),
];

it("begins with defaults in their own types and fresh keys", () => {
  const value = initial(fields);
  expect(value).toMatchObject({ address: "", port: "993", tls: true, domains: [] });
  expect(value.key).toMatch(/^\w{40}$/);
});

it("sends numbers as numbers and leaves out what is empty", () => {
  expect(outgoing(fields, { ...initial(fields), address: " a@b.example ", password: " p ", key: "k" })).toEqual({
    address: "a@b.example",
    password: " p ",
    port: 993,
    tls: true,
    domains: [],
    key: "k",
  });
});

it("sends only what changed and never a kept secret", () => {
  const stored = { address: "a@b.example", password: { set: true }, port: 993, tls: true, domains: ["x.example"], key: { set: true } };
  expect(outgoing(fields, stored, stored)).toEqual({});
  expect(outgoing(fields, { ...stored, port: "994", password: "" }, stored)).toEqual({ port: 994 });
  expect(outgoing(fields, { ...stored, password: "new", domains: [] }, stored)).toEqual({ password: "new", domains: [] });
});

it("names what is missing or malformed", () => {
  const say = (kind: string, label: string) => `${kind} ${label}`;
  expect(faults(fields, initial(fields), say)).toEqual({ "configuration.address": "required address", "configuration.password": "required password" });
  expect(faults(fields, { address: "x", password: { set: true }, port: "many" }, say)).toEqual({ "configuration.address": "email address", "configuration.port": "number port" });
});

it("gives the preview every field as written or by default, and no keys", () => {
  const value = { ...initial(fields), address: "a@b.example", password: "p", port: "", domains: [] };
  expect(previewOf(fields, value, "Front desk")).toEqual({ name: "Front desk", address: "a@b.example", port: "993", tls: true, domains: [] });
});
