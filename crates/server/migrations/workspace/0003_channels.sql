-- What providers report around messages, how fast each account may send, and what connectors keep.
ALTER TABLE messages ADD COLUMN reactions TEXT;
ALTER TABLE messages ADD COLUMN edited_at BIGINT;

-- 0 a person's reply, 1 a rule's, 2 a campaign's: what leaves first when there is not room for all.
ALTER TABLE outbox ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_pace ON outbox (channel_id, class, due_at) WHERE state = 'waiting';

ALTER TABLE channels ADD COLUMN last_inbound_at BIGINT;
ALTER TABLE channels ADD COLUMN last_outbound_at BIGINT;
-- When its health was looked at, and what was found, in words.
ALTER TABLE channels ADD COLUMN checked_at BIGINT;
ALTER TABLE channels ADD COLUMN health_detail TEXT;
-- Where asking goes on, and what a kept-open connection needs to resume.
ALTER TABLE channels ADD COLUMN poll_cursor TEXT;
ALTER TABLE channels ADD COLUMN gateway_state TEXT;
-- One process at a time asks or keeps the connection open.
ALTER TABLE channels ADD COLUMN lease_until BIGINT;

-- What is known of a person on one channel besides who they are.
CREATE TABLE channel_people (
  channel_id {{bytes}} NOT NULL,
  value TEXT NOT NULL,
  -- Why they cannot be written to.
  blocked TEXT,
  -- They asked for no more messages.
  opted_out_at BIGINT,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, value)
) {{clustered}};

CREATE TABLE channel_templates (
  channel_id {{bytes}} NOT NULL,
  template_id TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  status TEXT NOT NULL,
  -- The template as JSON.
  body TEXT NOT NULL,
  synced_at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, template_id)
) {{clustered}};
