-- Workspaces that are to be deleted, and proof of those that are. No reference to the workspace: the row outlives it.
CREATE TABLE workspace_deletions (
  id {{bytes}} PRIMARY KEY,
  workspace_id {{bytes}} NOT NULL,
  name TEXT NOT NULL,
  -- pending, cancelled, removing, done
  state TEXT NOT NULL,
  -- The account that asked; null: whoever runs the server.
  asked_by {{bytes}},
  asked_by_name TEXT NOT NULL,
  asked_by_email TEXT,
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  ended_at BIGINT,
  -- While removing: what is written down before anything goes. In the end: the certificate, byte for byte.
  certificate TEXT,
  -- SHA-256 of it.
  sha256 TEXT
);
CREATE UNIQUE INDEX workspace_deletions_open ON workspace_deletions (workspace_id) WHERE state IN ('pending', 'removing');
CREATE INDEX workspace_deletions_due ON workspace_deletions (due_at) WHERE state IN ('pending', 'removing');
CREATE INDEX workspace_deletions_asked_by ON workspace_deletions (asked_by, asked_at DESC) WHERE asked_by IS NOT NULL;
CREATE INDEX workspace_deletions_recent ON workspace_deletions (asked_at DESC, id DESC);

-- Archives that the server wrote, or tries to.
CREATE TABLE workspace_exports (
  id {{bytes}} PRIMARY KEY,
  workspace_id {{bytes}} NOT NULL,
  -- The member who asked.
  asked_by {{bytes}} NOT NULL,
  asked_by_name TEXT NOT NULL,
  -- running, done, failed, expired
  state TEXT NOT NULL,
  sealed BOOLEAN NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  size_bytes BIGINT,
  row_count BIGINT,
  file_count BIGINT,
  missing_files BIGINT,
  error TEXT,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  -- The file is there until then.
  expires_at BIGINT
);
CREATE INDEX workspace_exports_recent ON workspace_exports (workspace_id, started_at DESC, id DESC);
-- One at a time.
CREATE UNIQUE INDEX workspace_exports_running ON workspace_exports (workspace_id) WHERE state = 'running';
CREATE INDEX workspace_exports_there ON workspace_exports (expires_at) WHERE state = 'done';
