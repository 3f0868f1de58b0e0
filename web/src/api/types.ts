import type { FilterNode } from "@/lib/filters";
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
export type InspectorKind = Word<S["InspectorKind"]>;
export type InspectedChange = Full<S["HistoryEntry"]>;
export type InspectorEntry = Over<
  Full<S["InspectorEntry"]>,
  {
    kind: InspectorKind;
    message: Full<S["InspectedMessage"]> | null;
    event: Over<Full<S["InspectedEvent"]>, { change: InspectedChange }> | null;
    attempt: S["InspectedAttempt"] | null;
    notification: Full<S["InspectedNotification"]> | null;
    webhook: Full<S["InspectedWebhook"]> | null;
  }
>;
export type UsageMonth = Full<S["UsageMonth"]>;
export type Usage = Over<Full<S["Usage"]>, { months: UsageMonth[] }>;
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

export type Imported = S["Imported"];
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
  /** Those that wait for their day, as they were when this was asked for. */
  scheduled: Message[];
  /** Notes that stand above the conversation, as they were when this was asked for. */
  pinned: Message[];
  /** Members who take part. */
  followers: string[];
  /** What was merged into it. */
  merged: Merge[];
  /** Who would get an answer. */
  recipients: { sender: RecipientList; all: RecipientList };
  channel_status: ChannelStatus;
  policy: Verdict;
  /** How long free answers are possible, where the channel has such a window. */
  window: WindowState | null;
};
export type Signature = Full<S["Signature"]>;
export type NewSignature = S["NewSignature"];
export type Statistics = S["Statistics"];
export type Tag = S["Tag"];

export type Handle = Over<
  S["ContactHandle"],
  { evidence: Word<S["HandleEvidence"]>; scope: string | null; source: string | null; first_seen_at: string | null; last_seen_at: string | null }
>;
export type Contact = Over<Full<S["Contact"]>, { handles: Handle[]; custom_attributes: Bag }>;
export type BlockedContact = Over<S["BlockedContact"], { contact: Contact; conversations: Full<S["WentToSpam"]>[] }>;

export interface View {
  id: string;
  owner_id: string;
  scope: "mine" | "all";
  name: string;
  icon: string;
  hue: number | null;
  filter: FilterNode;
  sort: "activity" | "created" | "priority" | "waiting";
  descending: boolean;
  columns: string[] | null;
  editable: boolean;
}
export interface ViewCounts {
  cursor: string;
  counts: Record<string, number>;
}

export interface Bulk {
  id: string;
  act:
    | { do: "assign"; assignee_id: string | null }
    | { do: "set_status"; status: string; snoozed_until?: string | null }
    | { do: "set_priority"; priority: string }
    | { do: "add_tags" | "remove_tags"; tags: string[] }
    | { do: "mark_read" | "mark_unread" | "delete" | "restore" };
  state: "choosing" | "running" | "done" | "undoing" | "undone";
  total: number;
  done: number;
  changed: number;
  restored: number;
  can_undo: boolean;
  created_at: string;
  finished_at: string | null;
}

export type MayBe = Over<S["MayBe"], { evidence: Word<S["HandleEvidence"]> }>;

export type JournalState = "received" | "done" | "duplicate" | "ignored" | "quarantined";
export type JournalRow = Over<Full<S["JournalEntry"]>, { state: JournalState; channel_name: string; provider: string }>;
export type JournalEntry = JournalRow & { headers: [string, string][]; body: string; body_truncated: boolean };

export type Piece = S["Piece"];
export type Hit = Over<Full<S["Hit"]>, { kind: "message" | "conversation" | "contact" | "tag"; title_pieces: Piece[]; file: Piece[] }>;

export type NotificationKind = Word<S["NotificationKind"]>;
export type KindTimes = Over<S["KindTimes"], { kind: NotificationKind }>;
export type Notification = Over<Full<S["Notification"]>, { kind: NotificationKind; kinds: KindTimes[] }>;
export type KindWays = Over<S["KindWays"], { kind: NotificationKind }>;
export type Quiet = S["QuietHours"];
export type NotificationSettings = Over<Full<S["NotificationSettings"]>, { kinds: KindWays[]; email: Full<S["EmailState"]> }>;
export type PushDevice = Full<S["PushDevice"]>;

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
  | { type: "presence"; members: Record<string, Presence> }
  | { type: "notification"; notification: Notification | null; unread: number };
export type ChangeFrame = Extract<EventFrame, { type: "event" }>;

export type CannedReply = Full<S["CannedReply"]>;
export type FilledReply = Full<S["FilledReply"]>;
export type Folder = S["CannedFolder"];
export type Variable = S["ReplyVariable"];
export type SnoozeUntil = S["SnoozeUntil"];
export type MacroActions = Over<S["MacroActions"], { priority?: Priority | null; status?: Status | null }>;
export type Macro = Over<Full<S["Macro"]>, { actions: MacroActions }>;
interface Moved<T> {
  before: T;
  after: T;
}
export type MacroPreview = Over<
  Full<S["MacroPreview"]>,
  { reply: Full<S["MacroPreviewReply"]> | null; priority: Moved<Priority> | null; assignee: Moved<string | null> | null; status: Moved<Status> | null }
>;
export type MacroRun = Over<Full<S["MacroRun"]>, { conversation: Conversation; message: Message | null; note: Message | null }>;
export type ScheduledMessage = Over<S["ScheduledMessage"], { message: Message; conversation: Conversation }>;
export type Merge = S["Merge"];
export type TrashedConversation = Over<S["TrashedConversation"], { conversation: Conversation }>;
export type Block = Full<S["Block"]>;
export type RecipientList = S["RecipientList"];
export type OpeningSlot = S["OpeningSlot"];
export type OpeningHours = S["OpeningHours"];
export type AutomaticAnswer = Full<S["AutomaticAnswer"]>;
export type HoursPlace = Over<Full<S["HoursOfPlace"]>, { greeting: AutomaticAnswer | null; away: AutomaticAnswer | null; schedule: OpeningHours | null }>;
export type Holiday = S["Holiday"];
export type ImportedHolidays = S["ImportedHolidays"];
export type SendingState = Over<Full<S["SendingState"]>, { stopped: Full<S["SendingStop"]> | null }>;

export type WebhookStatus = Word<S["WebhookStatus"]>;
export type WebhookDeliveryState = Word<S["WebhookDeliveryState"]>;
export type WebhookReceiverMood = Word<S["WebhookReceiverMood"]>;
type Reach = Word<S["WebhookReach"]>;
export type WebhookFormat = Word<S["WebhookFormat"]>;
export type Webhook = Over<Full<S["WebhookSubscription"]>, { status: WebhookStatus; reach: Reach; format: WebhookFormat }>;
export type WebhookWithSecret = Webhook & { secret: string };
export type WebhookEventKind = Over<Full<S["WebhookEventKind"]>, { example: Bag }>;
export type WebhookDelivery = Over<Full<S["WebhookDelivery"]>, { state: WebhookDeliveryState }>;
export type WebhookAttempt = Full<S["WebhookAttempt"]>;
export type WebhookDeliveryDetail = WebhookDelivery & { url: string; body: string; attempts_made: WebhookAttempt[] };
export type WebhookReceived = Full<S["WebhookReceived"]>;
export type WebhookReceiver = Over<S["WebhookReceiver"], { answers: WebhookReceiverMood; requests: WebhookReceived[] }>;
export type AttributeDefinition = Full<S["AttributeDefinition"]>;
export type SubStatus = Over<Full<S["SubStatus"]>, { status: Status }>;
export type MailDomain = Over<Full<S["MailDomain"]>, { state: Word<S["SigningState"]> }>;

export type System = Full<S["System"]> & { queues: Full<S["Queues"]>; backup: BackupStatus | null };
export type BackupStatus = Full<S["BackupStatus"]> & { last: BackupRun | null; last_done: BackupRun | null };
export type BackupRun = Full<S["BackupRun"]>;
export type FailedJob = Full<S["FailedJob"]>;

export type Standstill = Over<Full<S["Standstill"]>, { reason: Word<S["StandstillReason"]> }>;
export interface StandstillState {
  standstill: Standstill | null;
}
export type WorkspaceDeletion = Full<S["WorkspaceDeletion"]>;
export type DeletionState = Over<Full<S["DeletionState"]>, { deletion: WorkspaceDeletion | null }>;
export type WorkspaceExport = Full<S["WorkspaceExport"]>;
