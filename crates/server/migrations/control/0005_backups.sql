-- Backups that the server took, or tried to.
CREATE TABLE backup_runs (
  id {{bytes}} PRIMARY KEY,
  -- running, done, failed
  state TEXT NOT NULL,
  -- schedule, asked
  reason TEXT NOT NULL,
  place TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  snapshot TEXT,
  -- What went wrong, in words.
  error TEXT,
  seen_bytes BIGINT,
  new_bytes BIGINT,
  stored_bytes BIGINT,
  file_count BIGINT,
  removed_snapshots BIGINT
);
CREATE INDEX backup_runs_recent ON backup_runs (started_at DESC, id DESC);
-- One at a time.
CREATE UNIQUE INDEX backup_runs_running ON backup_runs (state) WHERE state = 'running';
