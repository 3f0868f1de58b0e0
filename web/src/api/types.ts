import type { components } from "./schema.gen";

/** Names for the shapes of the API's description; the description is generated from the server. */
type S = components["schemas"];

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}
export type Address = S["Address"];
export type Attachment = S["Attachment"];
export type Channel = S["Channel"] & { embed?: string | null };
export type Contact = S["Contact"];
export type Handle = S["ContactHandle"];
export type Conversation = S["Conversation"];
export type ConversationDetail = S["ConversationDetail"];
export type Draft = S["Draft"];
export type Message = S["Message"];
export type Member = S["Member"];
export type Statistics = S["Statistics"];
export type Tag = S["Tag"];
export type Hit = S["Hit"];
export type Descriptor = S["Descriptor"];
export type ConfigField = Descriptor["fields"][number];
export type Limits = Descriptor["limits"];
export type Capabilities = Descriptor["capabilities"];
export type Workspace = S["Workspace"];
export type JournalState = "received" | "done" | "duplicate" | "ignored" | "quarantined";
export type JournalRow = Omit<S["JournalEntry"], "state"> & { state: JournalState };
export type JournalEntry = JournalRow & { headers: [string, string][]; body: string; body_truncated: boolean };

export interface Invitation {
  id: string;
  role: "admin" | "agent";
  email: string | null;
  url: string;
  expires_at: string;
  created_at: string;
}
export interface Token {
  id: string;
  name: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  token?: string;
}

/** Frames of the live stream. */
export interface ChangeFrame {
  type: "event";
  seq: number;
  cursor: string;
  at: string;
  kind: string;
  actor: string;
  conversation_id: string | null;
  message_id: string | null;
  contact_id: string | null;
  payload: Record<string, unknown> | null;
  conversation?: Conversation;
  message?: Message;
}
export interface TypingFrame {
  type: "typing";
  conversation_id: string;
  who: { kind: "contact" | "member"; id: string; name: string };
  typing: boolean;
}
export interface PresenceFrame {
  type: "presence";
  members: Record<string, { online: boolean; viewing: string | null }>;
}
export type EventFrame = ChangeFrame | TypingFrame | PresenceFrame | { type: "heartbeat" | "reset"; cursor: string };
