CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('conversation_number', 0);

CREATE TABLE members (
  id {{bytes}} PRIMARY KEY,
  account_id {{bytes}} NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE channels (
  id {{bytes}} PRIMARY KEY,
  channel_key TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  account_identifier TEXT NOT NULL,
  status TEXT NOT NULL,
  sync_error TEXT,
  last_sync_at BIGINT,
  -- Plain settings as JSON; secrets sealed with the workspace's data key.
  configuration TEXT NOT NULL,
  secrets {{bytes}} NOT NULL,
  read_only BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);

CREATE TABLE contacts (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  -- Nobody has confirmed yet who this is.
  review BOOLEAN NOT NULL,
  title TEXT,
  company_name TEXT,
  notes TEXT,
  location TEXT,
  language TEXT,
  custom_attributes TEXT NOT NULL,
  sample BOOLEAN NOT NULL,
  last_contact_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX contacts_recent ON contacts (last_contact_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX contacts_name ON contacts (name, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_review ON contacts (last_contact_at DESC, id DESC) WHERE review AND deleted_at IS NULL;

-- The owner is a contact or a lead. World-wide kinds (email, phone) have an empty scope, a provider's ids the channel's id.
CREATE TABLE contact_handles (
  id {{bytes}} PRIMARY KEY,
  owner_type TEXT NOT NULL,
  owner_id {{bytes}} NOT NULL,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  value TEXT NOT NULL,
  evidence TEXT NOT NULL,
  source TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL
);
-- One owner for each proved handle; anybody may claim one.
CREATE UNIQUE INDEX contact_handles_proved ON contact_handles (kind, scope, value) WHERE evidence <> 'claimed';
CREATE UNIQUE INDEX contact_handles_owner ON contact_handles (owner_id, kind, scope, value);

CREATE TABLE conversations (
  id {{bytes}} PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  external_id TEXT,
  channel_id {{bytes}} NOT NULL,
  channel TEXT NOT NULL,
  provider TEXT NOT NULL,
  status TEXT NOT NULL,
  -- `open` for new and open, else the status itself: what lists are made of.
  bucket TEXT NOT NULL,
  priority TEXT NOT NULL,
  subject TEXT,
  subject_key TEXT,
  contact_id {{bytes}},
  lead_id {{bytes}},
  company_id {{bytes}},
  -- The provider's thread id; at most one conversation of a thread goes on.
  thread_key TEXT,
  thread_live BOOLEAN NOT NULL,
  previous_id {{bytes}},
  participants TEXT NOT NULL,
  last_message_at BIGINT NOT NULL,
  last_message_preview TEXT NOT NULL,
  last_message_direction TEXT NOT NULL,
  unread_count BIGINT NOT NULL,
  message_count BIGINT NOT NULL,
  assignee_id {{bytes}},
  team_id {{bytes}},
  tags TEXT NOT NULL,
  custom_attributes TEXT NOT NULL,
  metadata TEXT NOT NULL,
  snoozed_until BIGINT,
  waiting_since BIGINT,
  resolved_at BIGINT,
  sample BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE UNIQUE INDEX conversations_thread ON conversations (channel_id, thread_key) WHERE thread_key IS NOT NULL AND thread_live;
CREATE INDEX conversations_thread_history ON conversations (channel_id, thread_key, created_at DESC) WHERE thread_key IS NOT NULL;
CREATE INDEX conversations_recent ON conversations (last_message_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX conversations_bucket ON conversations (bucket, last_message_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX conversations_assignee ON conversations (assignee_id, bucket, last_message_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX conversations_channel ON conversations (channel_id, bucket, last_message_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX conversations_unread ON conversations (bucket, last_message_at DESC, id DESC) WHERE unread_count > 0 AND deleted_at IS NULL;
CREATE INDEX conversations_waiting ON conversations (waiting_since, id) WHERE waiting_since IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX conversations_contact ON conversations (contact_id, last_message_at DESC);
CREATE INDEX conversations_subject ON conversations (channel_id, subject_key) WHERE subject_key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE snoozed_until IS NOT NULL;

CREATE TABLE messages (
  -- Sent time in ms times 2^20 plus a counter: imported history sorts itself in.
  key {{key}},
  id {{bytes}} NOT NULL UNIQUE,
  conversation_id {{bytes}} NOT NULL,
  channel_id {{bytes}} NOT NULL,
  -- Ours or theirs, unique in the channel: what makes intake idempotent.
  external_id TEXT,
  -- The id that the provider gave to a message of ours.
  provider_id TEXT,
  direction TEXT NOT NULL,
  sender_type TEXT NOT NULL,
  sender_id {{bytes}},
  sender_name TEXT,
  from_address TEXT,
  recipients TEXT NOT NULL,
  subject TEXT,
  content_type TEXT NOT NULL,
  text TEXT NOT NULL,
  stripped_text TEXT,
  html TEXT,
  file_count BIGINT NOT NULL,
  reply_to_id {{bytes}},
  is_note BOOLEAN NOT NULL,
  status TEXT NOT NULL,
  error TEXT,
  delivery_uncertain BOOLEAN NOT NULL,
  automated_by TEXT,
  automatic BOOLEAN NOT NULL,
  verified_sender BOOLEAN NOT NULL,
  thread_reason TEXT,
  send_at BIGINT,
  sent_at BIGINT,
  delivered_at BIGINT,
  read_at BIGINT,
  created_at BIGINT NOT NULL,
  metadata TEXT NOT NULL,
  journal_key BIGINT,
  deleted_at BIGINT
);
CREATE UNIQUE INDEX messages_external ON messages (channel_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_provider ON messages (channel_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX messages_conversation ON messages (conversation_id, key);

CREATE TABLE files (
  id {{bytes}} PRIMARY KEY,
  message_id {{bytes}},
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  -- SHA-256 in hex: the place of the bytes in the file store.
  hash TEXT NOT NULL,
  thumbnail_hash TEXT,
  width BIGINT,
  height BIGINT,
  inline BOOLEAN NOT NULL,
  content_id TEXT,
  created_by {{bytes}},
  created_at BIGINT NOT NULL
);
CREATE INDEX files_message ON files (message_id, position) WHERE message_id IS NOT NULL;
CREATE INDEX files_hash ON files (hash);

CREATE TABLE tags (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  hue BIGINT NOT NULL
);
CREATE TABLE conversation_tags (
  tag_id {{bytes}} NOT NULL,
  conversation_id {{bytes}} NOT NULL,
  PRIMARY KEY (tag_id, conversation_id)
) {{clustered}};
CREATE INDEX conversation_tags_conversation ON conversation_tags (conversation_id);

CREATE TABLE drafts (
  conversation_id {{bytes}} NOT NULL,
  member_id {{bytes}} NOT NULL,
  body TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (conversation_id, member_id)
) {{clustered}};

CREATE TABLE outbox (
  message_id {{bytes}} PRIMARY KEY,
  conversation_id {{bytes}} NOT NULL,
  channel_id {{bytes}} NOT NULL,
  -- waiting, sending, done, failed, uncertain, cancelled
  state TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  lease_until BIGINT,
  first_try_at BIGINT,
  last_error TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE INDEX outbox_sending ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_conversation ON outbox (conversation_id, message_id) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_channel ON outbox (channel_id, state);
CREATE TABLE outbox_attempts (
  message_id {{bytes}} NOT NULL,
  attempt BIGINT NOT NULL,
  at BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (message_id, attempt, at)
) {{clustered}};

-- Reports that came before the answer that carries their id.
CREATE TABLE early_reports (
  channel_id {{bytes}} NOT NULL,
  external_id TEXT NOT NULL,
  status TEXT NOT NULL,
  at BIGINT,
  error TEXT,
  bounced BOOLEAN NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, external_id, status)
) {{clustered}};

CREATE TABLE journal (
  --@sqlite
  key INTEGER PRIMARY KEY,
  --@end
  --@postgres
  key BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  --@end
  channel_id {{bytes}} NOT NULL,
  received_at BIGINT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  headers TEXT NOT NULL,
  -- Inline up to 64 kB; larger bodies are files, named by their hash.
  body {{bytes}},
  body_hash TEXT,
  size_bytes BIGINT NOT NULL,
  -- Silent deliveries (imported archives) wake nobody.
  silent BOOLEAN NOT NULL,
  -- received, done, duplicate, ignored, quarantined
  state TEXT NOT NULL,
  outcome TEXT,
  message_id {{bytes}},
  conversation_id {{bytes}},
  attempts BIGINT NOT NULL
);
CREATE INDEX journal_received ON journal (key) WHERE state = 'received';
CREATE INDEX journal_unusual ON journal (state, key) WHERE state IN ('duplicate', 'ignored', 'quarantined');

CREATE TABLE idempotency (
  actor TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (actor, idempotency_key)
) {{clustered}};
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE imports (
  source TEXT PRIMARY KEY,
  position BIGINT NOT NULL,
  total BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

--@sqlite
CREATE VIRTUAL TABLE message_search USING fts5 (words, content='', contentless_delete=1, tokenize='ascii');
--@end
--@postgres
CREATE TABLE message_search (key BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE INDEX message_search_words ON message_search USING gin (words) WITH (fastupdate = on);
--@end
