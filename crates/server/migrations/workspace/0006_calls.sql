-- Who has, or claims, the same address: for people who only typed one, and for “may be the same as”.
CREATE INDEX contact_handles_value ON contact_handles (kind, scope, value);

-- Two contacts that turned out to be one person: what went over, so that it can be undone.
ALTER TABLE contacts ADD COLUMN joined_into {{bytes}};
CREATE TABLE contact_joins (
  contact_id {{bytes}} PRIMARY KEY,
  into_id {{bytes}} NOT NULL,
  -- Conversations, handles and filled-in fields as JSON.
  moved TEXT NOT NULL,
  joined_by TEXT NOT NULL,
  joined_at BIGINT NOT NULL
);

-- The form in which a file left, where the provider does not take it as it is; the original stays beside it.
ALTER TABLE files ADD COLUMN sent_hash TEXT;
ALTER TABLE files ADD COLUMN sent_type TEXT;
ALTER TABLE files ADD COLUMN sent_bytes BIGINT;
