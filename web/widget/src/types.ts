export type From = "visitor" | "agent" | "system";

export interface WFile {
  name: string;
  content_type: string;
  size_bytes: number;
  url: string;
  thumbnail_url?: string | null;
}

export interface WMessage {
  id: string;
  echo_id: string | null;
  from: From;
  author_name: string | null;
  text: string;
  files: WFile[];
  at: string;
  /** `read` when the other side has looked at it. */
  status: string;
}

export interface Config {
  name: string;
  greeting: string;
  colour: string;
  position: string;
  locale: string;
  pre_chat: "off" | "optional" | "required";
  email_required: boolean;
  online: boolean;
  file_bytes: number;
}

export interface Visitor {
  name: string | null;
  email: string | null;
  verified: boolean;
}

export interface Session {
  visitor_token: string;
  config: Config;
  visitor: Visitor;
  conversation_id: string | null;
  messages: WMessage[];
  has_older?: boolean;
  cursor: string;
}

export interface Identity {
  identifier?: string;
  identifier_hash?: string;
  name?: string;
  email?: string;
}

export type Frame = { cursor?: string } & (
  | { type: "message" | "message_updated"; message: WMessage }
  | { type: "typing"; typing: boolean; name: string | null }
  | { type: "read"; up_to: string }
  | { type: "heartbeat" | "reset" }
);

export type EventName = "ready" | "message" | "opened" | "closed" | "error";

export interface UploadedFile extends WFile {
  id: string;
}
