-- Filters, saved views, search operators and bulk acts.

-- What filters ask of a conversation's messages stands with the conversation.
ALTER TABLE conversations ADD COLUMN has_files BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conversations ADD COLUMN has_failed BOOLEAN NOT NULL DEFAULT FALSE;
-- The subject in lower case without accents.
ALTER TABLE conversations ADD COLUMN subject_folded TEXT;
UPDATE conversations SET has_files = TRUE
  WHERE id IN (SELECT conversation_id FROM messages WHERE file_count > 0 AND deleted_at IS NULL);
UPDATE conversations SET has_failed = TRUE
  WHERE id IN (SELECT conversation_id FROM messages WHERE status = 'failed' AND deleted_at IS NULL);

CREATE INDEX conversations_created ON conversations (created_at DESC, id DESC) WHERE deleted_at IS NULL;
--@sqlite
-- Everything that filters and counts ask for, in a third of the table's size: whatever no other index answers reads this one. PostgreSQL
-- reads the table itself as fast.
CREATE INDEX conversations_facts ON conversations (bucket, assignee_id, channel_id, unread_count, status, priority, channel, provider,
  team_id, message_count, last_message_direction, last_message_at, created_at, waiting_since, snoozed_until, resolved_at, updated_at,
  has_files, has_failed, contact_id, tags, subject_folded, number, id) WHERE deleted_at IS NULL;
--@end

-- The words by which a person is found: name, company, addresses, and the ends of numbers.
--@sqlite
CREATE TABLE contact_words (word TEXT NOT NULL, contact_id BLOB NOT NULL, PRIMARY KEY (word, contact_id)) WITHOUT ROWID;
--@end
--@postgres
CREATE TABLE contact_words (word TEXT COLLATE "C" NOT NULL, contact_id BYTEA NOT NULL, PRIMARY KEY (word, contact_id));
--@end
CREATE INDEX contact_words_contact ON contact_words (contact_id);

-- What is done to old rows in the background, slice by slice; a row goes away when there is nothing left to do.
CREATE TABLE backfills (
  name TEXT PRIMARY KEY,
  -- The last id done, in hex.
  position TEXT NOT NULL
);
INSERT INTO backfills (name, position) SELECT 'contact_words', '' FROM log_head WHERE EXISTS (SELECT 1 FROM contacts);
INSERT INTO backfills (name, position) SELECT 'folded_subjects', '' FROM log_head WHERE EXISTS (SELECT 1 FROM conversations WHERE subject IS NOT NULL);
INSERT INTO backfills (name, position) SELECT 'message_words', '' FROM log_head WHERE EXISTS (SELECT 1 FROM messages);

-- Looks at the inbox that somebody has kept.
CREATE TABLE views (
  id {{bytes}} PRIMARY KEY,
  -- Who made it, and whose it is while it is nobody else's.
  owner_id {{bytes}} NOT NULL,
  -- mine, team, all
  scope TEXT NOT NULL,
  team_id {{bytes}},
  name TEXT NOT NULL,
  icon TEXT NOT NULL,
  hue BIGINT,
  -- As the grammar writes it.
  filter TEXT NOT NULL,
  sort TEXT NOT NULL,
  descending BOOLEAN NOT NULL,
  -- Names as JSON; null for the usual ones.
  columns TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX views_owner ON views (owner_id, created_at, id);
CREATE INDEX views_scope ON views (scope, created_at, id);
-- Everybody has the views in an order of their own.
CREATE TABLE view_places (
  member_id {{bytes}} NOT NULL,
  view_id {{bytes}} NOT NULL,
  place BIGINT NOT NULL,
  PRIMARY KEY (member_id, view_id)
) {{clustered}};

-- Acts on many conversations at once: done in slices, undone as one.
CREATE TABLE bulk_acts (
  id {{bytes}} PRIMARY KEY,
  member_id {{bytes}} NOT NULL,
  -- With a token it was a program that asked.
  token_id {{bytes}},
  role TEXT NOT NULL,
  -- The act, and what it is done to while the list is still being made, as JSON.
  act TEXT NOT NULL,
  chosen TEXT,
  -- choosing, running, done, undoing, undone, stopped
  state TEXT NOT NULL,
  total BIGINT NOT NULL,
  -- How far it has got, forwards or back.
  position BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  restored BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX bulk_acts_waiting ON bulk_acts (created_at, id) WHERE state IN ('choosing', 'running', 'undoing');
CREATE INDEX bulk_acts_member ON bulk_acts (member_id, created_at DESC, id DESC);
CREATE TABLE bulk_items (
  bulk_id {{bytes}} NOT NULL,
  position BIGINT NOT NULL,
  conversation_id {{bytes}} NOT NULL,
  -- What was there before, as JSON; null where nothing was changed (yet).
  before TEXT,
  PRIMARY KEY (bulk_id, position)
) {{clustered}};
