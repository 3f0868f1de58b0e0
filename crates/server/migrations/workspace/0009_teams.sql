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
  -- Open conversations they take at most when they are given out; null: as many as there are.
  capacity BIGINT,
  updated_at BIGINT NOT NULL
);
-- Whether members are there, as far as giving them work goes.
CREATE TABLE member_presence (
  member_id {{bytes}} PRIMARY KEY,
  -- What they said themselves: auto, away, busy.
  chosen TEXT NOT NULL,
  connected BOOLEAN NOT NULL,
  -- Since when no screen is open.
  left_at BIGINT,
  -- The last sign of a person before the screen.
  active_at BIGINT NOT NULL,
  -- What follows from that: online, away, busy, offline.
  status TEXT NOT NULL,
  since BIGINT NOT NULL
);

CREATE TABLE teams (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  hue BIGINT NOT NULL,
  icon TEXT NOT NULL,
  -- How conversations are given to members: manual, round_robin, load.
  distribution TEXT NOT NULL,
  only_available BOOLEAN NOT NULL,
  -- Whoever spoke with a person last gets them again.
  sticky BOOLEAN NOT NULL,
  -- Open conversations of one member at most.
  capacity BIGINT,
  -- Taken from members who have been away for so long while the customer waits.
  reassign_minutes BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE TABLE team_members (
  team_id {{bytes}} NOT NULL,
  member_id {{bytes}} NOT NULL,
  added_at BIGINT NOT NULL,
  -- Whose turn it was last has the highest number.
  turn BIGINT NOT NULL,
  PRIMARY KEY (team_id, member_id)
) {{clustered}};
CREATE INDEX team_members_member ON team_members (member_id);
-- The team that new conversations of a channel begin with.
CREATE TABLE channel_teams (
  channel_id {{bytes}} PRIMARY KEY,
  team_id {{bytes}} NOT NULL
);
CREATE INDEX channel_teams_team ON channel_teams (team_id);

-- Who had a conversation, one row for each time; the last one is open.
CREATE TABLE assignments (
  conversation_id {{bytes}} NOT NULL,
  n BIGINT NOT NULL,
  member_id {{bytes}},
  team_id {{bytes}},
  -- manual, reply, channel, round_robin, load, sticky, away, team
  how TEXT NOT NULL,
  actor TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (conversation_id, n)
) {{clustered}};
CREATE UNIQUE INDEX assignments_open ON assignments (conversation_id) WHERE ended_at IS NULL;
CREATE INDEX assignments_member ON assignments (member_id, started_at DESC) WHERE member_id IS NOT NULL;
-- Those who have one now have had it at least since its last change.
INSERT INTO assignments (conversation_id, n, member_id, team_id, how, actor, started_at, ended_at)
  SELECT id, 1, assignee_id, team_id, 'manual', 'system', updated_at, NULL FROM conversations WHERE assignee_id IS NOT NULL OR team_id IS NOT NULL;

CREATE INDEX conversations_team ON conversations (team_id, bucket, last_message_at DESC, id DESC) WHERE deleted_at IS NULL;

-- Every workspace has an owner: its first admin.
UPDATE members SET role = 'owner' WHERE id IN (SELECT id FROM members WHERE role = 'admin' AND active ORDER BY created_at, id LIMIT 1);

-- Administrative acts and deletions, each chained to the one before by its hash.
CREATE TABLE audit (
  n {{key}},
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  -- Gone once somebody's details were erased; the digest stays.
  salt {{bytes}},
  details TEXT,
  digest {{bytes}} NOT NULL,
  hash {{bytes}} NOT NULL,
  -- Where it was noted first, if not here.
  carried TEXT UNIQUE
);
CREATE INDEX audit_actor ON audit (actor, n DESC);
CREATE INDEX audit_subject ON audit (subject, n DESC);
CREATE INDEX audit_action ON audit (action, n DESC);
CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY,
  n BIGINT NOT NULL,
  hash {{bytes}} NOT NULL
);
