-- Texts to be used again, macros, sending later, merging, blocking, forwarding, signatures.

-- What a canned reply or a macro keeps for itself: each message gets rows of its own for the same bytes.
ALTER TABLE files ADD COLUMN keeper_id {{bytes}};
CREATE INDEX files_keeper ON files (keeper_id, position) WHERE keeper_id IS NOT NULL;

CREATE TABLE canned_replies (
  id {{bytes}} PRIMARY KEY,
  title TEXT NOT NULL,
  title_key TEXT NOT NULL,
  -- What follows the slash; empty when there is none.
  shortcut TEXT NOT NULL,
  folder TEXT NOT NULL,
  folder_key TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT,
  -- all, mine; team_id is for the time when there are teams.
  scope TEXT NOT NULL,
  owner_id {{bytes}} NOT NULL,
  team_id {{bytes}},
  -- Title, shortcut, folder and text as search words, each after a blank.
  words TEXT NOT NULL,
  used_count BIGINT NOT NULL,
  last_used_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX canned_replies_shortcut ON canned_replies (shortcut) WHERE scope = 'all' AND shortcut <> '';
CREATE UNIQUE INDEX canned_replies_own_shortcut ON canned_replies (owner_id, shortcut) WHERE scope = 'mine' AND shortcut <> '';
CREATE INDEX canned_replies_used ON canned_replies (used_count DESC, id);
CREATE INDEX canned_replies_name ON canned_replies (folder_key, title_key, id);

CREATE TABLE macros (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  -- What it does, as JSON; its files are in `files`.
  actions TEXT NOT NULL,
  scope TEXT NOT NULL,
  owner_id {{bytes}} NOT NULL,
  team_id {{bytes}},
  words TEXT NOT NULL,
  used_count BIGINT NOT NULL,
  last_used_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX macros_used ON macros (used_count DESC, id);
CREATE INDEX macros_name ON macros (name_key, id);
-- What a run changed, so that all of it can be taken back.
CREATE TABLE macro_runs (
  id {{bytes}} PRIMARY KEY,
  macro_id {{bytes}} NOT NULL,
  conversation_id {{bytes}} NOT NULL,
  member_id {{bytes}} NOT NULL,
  at BIGINT NOT NULL,
  changes TEXT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX macro_runs_age ON macro_runs (at);

-- A message that is not to be sent when the customer writes first.
ALTER TABLE outbox ADD COLUMN unless_answered BOOLEAN NOT NULL DEFAULT FALSE;

-- Merged: out of sight like what is deleted, and everything that belongs to it goes on there.
ALTER TABLE conversations ADD COLUMN merged_into {{bytes}};
CREATE INDEX conversations_merged ON conversations (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX conversations_trash ON conversations (deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
CREATE TABLE conversation_merges (
  id {{bytes}} PRIMARY KEY,
  source_id {{bytes}} NOT NULL,
  target_id {{bytes}} NOT NULL,
  member_id {{bytes}},
  at BIGINT NOT NULL,
  -- What the target got besides messages, as JSON.
  added TEXT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX conversation_merges_source ON conversation_merges (source_id, at DESC);
CREATE INDEX conversation_merges_target ON conversation_merges (target_id, at DESC);
CREATE TABLE merged_messages (
  merge_id {{bytes}} NOT NULL,
  message_id {{bytes}} NOT NULL,
  PRIMARY KEY (merge_id, message_id)
) {{clustered}};

ALTER TABLE messages ADD COLUMN pinned_at BIGINT;
CREATE INDEX messages_pinned ON messages (conversation_id, pinned_at DESC) WHERE pinned_at IS NOT NULL;
-- The message by which a talk with somebody else began beside this conversation: a forward and what follows it.
ALTER TABLE messages ADD COLUMN aside_id {{bytes}};
CREATE INDEX messages_aside ON messages (conversation_id, aside_id) WHERE aside_id IS NOT NULL;

CREATE TABLE conversation_followers (
  conversation_id {{bytes}} NOT NULL,
  member_id {{bytes}} NOT NULL,
  -- False: has left, and writing does not bring them back.
  following BOOLEAN NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (conversation_id, member_id)
) {{clustered}};
CREATE INDEX conversation_followers_member ON conversation_followers (member_id, conversation_id) WHERE following;

-- Whose messages are not taken in: a handle, or a whole mail domain.
CREATE TABLE blocks (
  id {{bytes}} PRIMARY KEY,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  value TEXT NOT NULL,
  contact_id {{bytes}},
  created_by {{bytes}},
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX blocks_handle ON blocks (kind, scope, value);
CREATE INDEX blocks_contact ON blocks (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX blocks_recent ON blocks (created_at DESC, id DESC);
ALTER TABLE contacts ADD COLUMN blocked_at BIGINT;

-- What a member's mails end with.
CREATE TABLE signatures (
  member_id {{bytes}} PRIMARY KEY,
  html TEXT NOT NULL,
  text TEXT NOT NULL,
  -- Ids of the channels on which it is left out, as JSON.
  off_channels TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);
-- What they end with on one channel instead.
CREATE TABLE channel_signatures (
  member_id {{bytes}} NOT NULL,
  channel_id {{bytes}} NOT NULL,
  html TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (member_id, channel_id)
);
