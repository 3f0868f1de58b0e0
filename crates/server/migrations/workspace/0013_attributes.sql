-- What a workspace keeps besides, and names of its own below the statuses.

CREATE TABLE attribute_definitions (
  id {{bytes}} PRIMARY KEY,
  -- conversation, contact
  applies_to TEXT NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  -- text, number, currency, percent, link, date, list, checkbox
  kind TEXT NOT NULL,
  -- JSON list of texts.
  options TEXT NOT NULL,
  currency TEXT,
  required_on_close BOOLEAN NOT NULL,
  position BIGINT NOT NULL,
  archived BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX attribute_definitions_key ON attribute_definitions (applies_to, key);

CREATE TABLE sub_statuses (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  -- open, pending, snoozed, resolved
  status TEXT NOT NULL,
  hue BIGINT NOT NULL,
  position BIGINT NOT NULL,
  archived BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sub_statuses_name ON sub_statuses (status, name_key);

ALTER TABLE conversations ADD COLUMN sub_status_id {{bytes}};
CREATE INDEX conversations_sub_status ON conversations (sub_status_id, last_message_at DESC, id DESC) WHERE sub_status_id IS NOT NULL;
