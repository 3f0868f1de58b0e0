-- Opening hours, holidays, what is answered by itself, and the switch that stops everything automatic.

-- The workspace (`workspace`) or a channel, by its id, and what it was given itself.
CREATE TABLE hours (
  place TEXT PRIMARY KEY,
  -- JSON; null: as the workspace, which is always open then.
  schedule TEXT,
  greeting TEXT,
  away TEXT,
  updated_at BIGINT NOT NULL
);

CREATE TABLE holidays (
  id {{bytes}} PRIMARY KEY,
  place TEXT NOT NULL,
  name TEXT NOT NULL,
  -- `2026-12-24`; the last day is one of them.
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  yearly BOOLEAN NOT NULL,
  -- Open at these times all the same, as JSON.
  slots TEXT NOT NULL,
  -- The entry of an imported calendar that it comes from.
  uid TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX holidays_day ON holidays (first_day, name, id);
-- Each year of a holiday may bear the same id.
CREATE UNIQUE INDEX holidays_imported ON holidays (place, uid, substr(first_day, 1, 4)) WHERE uid IS NOT NULL;

-- What a person was answered on a channel without anybody having to.
CREATE TABLE automatic_answers (
  contact_id {{bytes}} NOT NULL,
  channel_id {{bytes}} NOT NULL,
  greeted_at BIGINT,
  away_at BIGINT,
  hour_at BIGINT NOT NULL,
  hour_count BIGINT NOT NULL,
  PRIMARY KEY (contact_id, channel_id)
) {{clustered}};

-- One row while automatic sending is stopped.
CREATE TABLE sending_stop (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT,
  reason TEXT
);
CREATE INDEX outbox_automatic ON outbox (message_id) WHERE state = 'waiting' AND class >= 1;
