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
