-- Connections by OAuth that were begun and not finished: the state that comes back, and what it belongs to.
CREATE TABLE oauth_states (
  state TEXT PRIMARY KEY,
  workspace_id {{bytes}} NOT NULL REFERENCES workspaces (id),
  channel_id {{bytes}} NOT NULL,
  verifier TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
