-- Messages that somebody moved to another conversation, for taking that back.
CREATE TABLE message_moves (
  id {{bytes}} PRIMARY KEY,
  source_id {{bytes}} NOT NULL,
  target_id {{bytes}} NOT NULL,
  member_id {{bytes}},
  at BIGINT NOT NULL,
  -- JSON: the messages with why they stood where they were, participants that the target got, unread marks that went along.
  moved TEXT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX message_moves_source ON message_moves (source_id);
CREATE INDEX message_moves_target ON message_moves (target_id);
