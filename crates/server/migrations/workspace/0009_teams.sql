-- Roles, teams, and who sees which conversations.
CREATE TABLE roles (
  -- `lead`, `agent`, `viewer` for what was set of a built-in role, else `rol_…`.
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  -- Null for built-in ones, whose names are the product's.
  name_key TEXT UNIQUE,
  -- Names of permissions as JSON; those of built-in roles are in the program.
  permissions TEXT NOT NULL,
  -- own, own_unassigned, team, inbox, all
  visibility TEXT NOT NULL,
  -- For `inbox`: ids of channels as JSON.
  channels TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
-- What is set of one member apart from the role.
CREATE TABLE member_access (
  member_id {{bytes}} PRIMARY KEY,
  -- Null: as the role says.
  visibility TEXT,
  channels TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE teams (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  hue BIGINT NOT NULL,
  icon TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE TABLE team_members (
  team_id {{bytes}} NOT NULL,
  member_id {{bytes}} NOT NULL,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (team_id, member_id)
) {{clustered}};
CREATE INDEX team_members_member ON team_members (member_id);
CREATE INDEX conversations_team ON conversations (team_id, bucket, last_message_at DESC, id DESC) WHERE deleted_at IS NULL;

-- Every workspace has an owner: its first admin.
UPDATE members SET role = 'owner' WHERE id IN (SELECT id FROM members WHERE role = 'admin' AND active ORDER BY created_at, id LIMIT 1);
