import type { components } from "./schema.gen";

type S = components["schemas"];
type Over<T, U> = Omit<T, keyof U> & U;
/** The description spells words as "AwaitingApproval"; on the wire they are "awaiting_approval". */
type Word<W extends string> = W extends `${infer A}${infer B}` ? (B extends Uncapitalize<B> ? `${Lowercase<A>}${Word<B>}` : `${Lowercase<A>}_${Word<B>}`) : "";
/** Answers always carry these keys, with null where there is nothing. */
type Full<T, K extends keyof T = keyof T> = Omit<T, K> & { [P in K]-?: Exclude<T[P], undefined> };
type Bag = Record<string, unknown>;

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export type Address = S["Address"];
export type Status = Word<S["Status"]>;
export type Priority = Word<S["Priority"]>;
export type MessageStatus = Word<S["MessageStatus"]>;
export type Direction = Word<S["Direction"]>;
export type SenderType = Word<S["SenderType"]>;
export type ContentType = Word<S["ContentType"]>;
export type ChannelStatus = Word<S["ChannelStatus"]>;
export type Role = S["Role"];

export type Workspace = S["Workspace"];
export type Member = S["Member"];
export type RoleDetail = S["RoleDetail"];
export type Visibility = S["Visibility"];
export type Team = S["Team"];
export type AuditEntry = S["AuditEntry"];
export type AuditCheck = S["AuditCheck"];
export type SecondStepState = S["SecondStep"];
export type SecondStepOffer = S["SecondStepOffer"];
export type RecoveryCodes = S["RecoveryCodes"];
export type Device = S["Device"];
export type SsoConnection = S["SsoConnection"];
export type SignInMethods = S["SignInMethods"];
export type ResetLink = S["ResetLink"];
export type MemberPresence = S["MemberPresence"];
export type Availability = Word<S["Available"]>;
export type Assignment = S["Assignment"];
export type ConversationAccess = S["ConversationAccess"];
export type Invitation = Full<S["Invitation"]>;
export type Token = Over<Full<S["Token"]>, { token?: string | null }>;
export type Me = Over<S["Me"], { csrf_token: string; preferences: Bag }>;
export type Session = Over<S["SessionAnswer"], { me: Me }>;

export type ConfigField = S["Field"];
export type Capabilities = S["Capabilities"];
export type Limits = S["Limits"];
export type Descriptor = Over<S["ChannelType"], { channel: string }>;
export type Template = S["Template"];
export type Reaction = S["Reaction"];
export type WindowState = S["WindowState"];
export type Channel = Over<
  S["Channel"],
  {
    status: ChannelStatus;
    configuration: Bag;
    last_sync_at: string | null;
    sync_error: string | null;
    token_expires_at: string | null;
    paste: { label: string; value: string; help: string | null }[];
  }
>;

export type Attachment = S["Attachment"];
export type Attempt = S["Attempt"];
export type Message = Over<Full<S["Message"]>, { status: MessageStatus; direction: Direction; sender_type: SenderType; content_type: ContentType; metadata: Bag }>;
export type Draft = S["Draft"];
export type Verdict = S["Verdict"];
export type ContactBrief = S["ContactBrief"];
export type Conversation = Over<Full<S["Conversation"]>, { status: Status; priority: Priority; last_message_direction: Direction; custom_attributes: Bag; metadata: Bag }>;
export type ConversationDetail = Conversation & {
  messages: Message[];
  /** Where older messages go on; null at the beginning of the conversation. */
  messages_cursor: string | null;
  draft: Draft | null;
  channel_status: ChannelStatus;
  policy: Verdict;
  /** How long free answers are possible, where the channel has such a window. */
  window: WindowState | null;
};
export type Statistics = S["Statistics"];
export type Tag = S["Tag"];

export type Handle = Over<
  S["ContactHandle"],
  { evidence: Word<S["HandleEvidence"]>; scope: string | null; source: string | null; first_seen_at: string | null; last_seen_at: string | null }
>;
export type Contact = Over<Full<S["Contact"]>, { handles: Handle[]; custom_attributes: Bag }>;

export type JournalState = "received" | "done" | "duplicate" | "ignored" | "quarantined";
export type JournalRow = Over<Full<S["JournalEntry"]>, { state: JournalState; channel_name: string; provider: string }>;
export type JournalEntry = JournalRow & { headers: [string, string][]; body: string; body_truncated: boolean };

export type Piece = S["Piece"];
export type Hit = Over<Full<S["Hit"]>, { kind: "message" | "conversation" | "contact" }>;

export interface Presence {
  online: boolean;
  viewing: string | null;
}
export type EventFrame =
  | {
      type: "event";
      seq: number;
      cursor: string;
      at: string;
      kind: string;
      actor: string;
      conversation_id: string | null;
      message_id: string | null;
      contact_id: string | null;
      payload: Bag;
      /** The objects as they are now, not as they were then. */
      conversation?: Conversation;
      message?: Message;
    }
  | { type: "heartbeat" | "reset"; cursor: string }
  | { type: "typing"; conversation_id: string; who: { kind: "contact" | "member"; id: string; name: string }; typing: boolean }
  | { type: "presence"; members: Record<string, Presence> };
export type ChangeFrame = Extract<EventFrame, { type: "event" }>;
