CREATE TABLE accounts (
  id {{bytes}} PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  preferences TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE workspaces (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  locale TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  default_country TEXT NOT NULL,
  tier BIGINT NOT NULL,
  data_key {{bytes}} NOT NULL,
  sample_data BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE memberships (
  member_id {{bytes}} PRIMARY KEY,
  workspace_id {{bytes}} NOT NULL REFERENCES workspaces (id),
  account_id {{bytes}} NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (workspace_id, account_id)
);
CREATE INDEX memberships_account ON memberships (account_id);
CREATE TABLE sessions (
  id {{bytes}} PRIMARY KEY,
  account_id {{bytes}} NOT NULL REFERENCES accounts (id),
  workspace_id {{bytes}} NOT NULL REFERENCES workspaces (id),
  -- SHA-256 of the cookie's secret and of the refresh token's secret; the secrets themselves are nowhere.
  secret_hash {{bytes}} NOT NULL,
  refresh_hash {{bytes}} NOT NULL,
  csrf_token TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE TABLE tokens (
  id {{bytes}} PRIMARY KEY,
  workspace_id {{bytes}} NOT NULL REFERENCES workspaces (id),
  member_id {{bytes}} NOT NULL REFERENCES memberships (member_id),
  name TEXT NOT NULL,
  secret_hash {{bytes}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT
);
CREATE INDEX tokens_workspace ON tokens (workspace_id, created_at);
CREATE TABLE invitations (
  id {{bytes}} PRIMARY KEY,
  workspace_id {{bytes}} NOT NULL REFERENCES workspaces (id),
  role TEXT NOT NULL,
  email TEXT,
  secret_hash {{bytes}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  accepted_at BIGINT
);
CREATE INDEX invitations_workspace ON invitations (workspace_id, created_at);
-- An outside address belongs to one channel of one workspace.
CREATE TABLE channel_index (
  channel_key TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  identifier TEXT NOT NULL,
  workspace_id {{bytes}} NOT NULL REFERENCES workspaces (id),
  channel_id {{bytes}} NOT NULL,
  UNIQUE (provider, identifier)
);
CREATE INDEX channel_index_workspace ON channel_index (workspace_id);
