-- What channels follow over connections of their own (a mailbox's folders): where each stopped, and who follows it at present.
CREATE TABLE mailboxes (
  channel_id {{bytes}} NOT NULL,
  -- The connector's name of it: the folder.
  place TEXT NOT NULL,
  -- The connector's own: where to go on.
  cursor TEXT,
  -- One process at a time.
  lease_holder TEXT,
  lease_until BIGINT,
  -- When it was last seen to work, and how far it is, in words.
  checked_at BIGINT,
  detail TEXT,
  PRIMARY KEY (channel_id, place)
) {{clustered}};
