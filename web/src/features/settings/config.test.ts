import { expect, it } from "vitest";
import type { ConfigField } from "@/api/types";
import { asked, faults, initial, noteOf, outgoing, presetChanges, previewOf, settled, signsInWith } from "./config";

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

const mailbox = [
  field("place", "select", {
    options: [
      { value: "near", label: "Near & Co" },
      { value: "far", label: "Far" },
    ],
    presets: [
      {
        choice: "near",
        note: "Knock twice.",
        note_url: "https://near.example",
        sets: [
          { field: "way", value: "post", settled: false },
          { field: "host", value: "near.example", settled: true },
          { field: "page", value: "https://near.example/sign-in", settled: true },
        ],
      },
      { choice: "far", note: "", note_url: "", sets: [{ field: "port", value: "143", settled: true }] },
    ],
  }),
  field("way", "select", { default: "visit", options: [] }),
  field("host", "text", { required: true, when: [[{ field: "way", one_of: ["post"] }]] }),
  field("page", "url", { when: [[{ field: "way", one_of: ["post"] }]] }),
  field("port", "number", { default: "993" }),
  field("stamp", "boolean", { when: [[{ field: "way", one_of: ["post"] }]] }),
  field("price", "number", { required: true, when: [[{ field: "stamp", one_of: ["true"] }], [{ field: "place", one_of: ["far"] }]] }),
  field("folders", "names", { default: "INBOX, Sent Mail" }),
];
const names = (value: Record<string, unknown>) => asked(mailbox, value as never).map((f) => f.name);

it("asks only what the other fields make necessary", () => {
  const begin = initial(mailbox);
  expect(names(begin)).toEqual(["place", "way", "port", "folders"]);
  expect(names({ ...begin, way: "post", stamp: true })).toEqual(["place", "way", "host", "page", "port", "stamp", "price", "folders"]);
  // A stamp nobody is asked for any more asks for no price, and nothing unasked is sent or faulty.
  expect(names({ ...begin, stamp: true })).toEqual(["place", "way", "port", "folders"]);
  expect(outgoing(mailbox, { ...begin, stamp: true, price: "much" })).toEqual({ way: "visit", port: 993, folders: ["INBOX", "Sent Mail"] });
  const say = (kind: string, label: string) => `${kind} ${label}`;
  expect(faults(mailbox, { ...begin, price: "much" }, say)).toEqual({});
  expect(faults(mailbox, { ...begin, way: "post" }, say)).toEqual({ "configuration.host": "required host" });
  expect(faults(mailbox, { ...begin, place: "far", price: "much" }, say)).toEqual({ "configuration.price": "number price" });
});

it("fills in what belongs to an option, and takes back what another brought", () => {
  const [place] = mailbox;
  if (!place) throw new Error();
  const begin = initial(mailbox);
  const near = { ...begin, place: "near", ...presetChanges(mailbox, begin, place, "near") };
  expect(near).toMatchObject({ way: "post", host: "near.example", port: "993" });
  expect(settled(mailbox, near)).toEqual(new Set(["host", "page"]));
  expect([noteOf(place, "near")?.note, noteOf(place, "far")]).toEqual(["Knock twice.", undefined]);
  expect([signsInWith(mailbox, near, "Mail"), signsInWith(mailbox, begin, "Mail")]).toEqual(["Near & Co", "Mail"]);
  const mine = { ...near, host: "mine.example" };
  expect(presetChanges(mailbox, mine, place, "far")).toEqual({ way: "visit", page: "", port: "143" });
});
