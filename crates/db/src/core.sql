-- What every workspace database has before any slice: the event log and the jobs.
CREATE TABLE log_head (
  id BIGINT PRIMARY KEY,
  epoch BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  min_seq BIGINT NOT NULL
);
INSERT INTO log_head (id, epoch, seq, min_seq) VALUES (1, 1, 0, 0);
CREATE TABLE events (
  seq {{key}},
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  actor TEXT NOT NULL,
  cause_seq BIGINT,
  depth BIGINT NOT NULL,
  conversation_id {{bytes}},
  message_id {{bytes}},
  contact_id {{bytes}},
  payload TEXT NOT NULL
);
CREATE TABLE jobs (
  id {{bytes}} PRIMARY KEY,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  dedupe_key TEXT,
  state TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  max_attempts BIGINT NOT NULL,
  lease_until BIGINT,
  last_error TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, run_at);
CREATE UNIQUE INDEX jobs_dedupe ON jobs (kind, dedupe_key) WHERE dedupe_key IS NOT NULL AND state = 'ready';
CREATE TABLE schedules (
  name TEXT PRIMARY KEY,
  next_at BIGINT NOT NULL
);
