-- Since when a channel does not work; cleared when it has been seen to work again.
ALTER TABLE channels ADD COLUMN broken_since BIGINT;

-- Up to where the event log has been turned into notifications; what was before nobody needs to hear of.
CREATE TABLE notification_cursor (
  id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL
);
INSERT INTO notification_cursor (id, seq) SELECT 1, seq FROM log_head WHERE id = 1;

CREATE TABLE notifications (
  id {{bytes}} PRIMARY KEY,
  member_id {{bytes}} NOT NULL,
  -- The latest of what happened, and all of it: {"mentioned": 1, "customer_replied": 3}.
  kind TEXT NOT NULL,
  kinds TEXT NOT NULL,
  times BIGINT NOT NULL,
  -- While one about the same thing is unread, news is added to it.
  about TEXT NOT NULL,
  conversation_id {{bytes}},
  channel_id {{bytes}},
  message_id {{bytes}},
  actor_id {{bytes}},
  detail TEXT,
  -- Not shown in the app: the person wants this kind elsewhere only.
  shown BOOLEAN NOT NULL,
  -- How often it happened since the last letter, and the job whose letter carries it.
  mail_pending BIGINT NOT NULL,
  mail_job {{bytes}},
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  read_at BIGINT
);
CREATE UNIQUE INDEX notifications_unread_about ON notifications (member_id, about) WHERE read_at IS NULL;
CREATE INDEX notifications_recent ON notifications (member_id, updated_at DESC, id DESC) WHERE shown;
CREATE INDEX notifications_unread ON notifications (member_id, updated_at DESC, id DESC) WHERE shown AND read_at IS NULL;
CREATE INDEX notifications_conversation ON notifications (conversation_id, member_id) WHERE read_at IS NULL;
CREATE INDEX notifications_mail ON notifications (member_id) WHERE mail_pending > 0;
CREATE INDEX notifications_mail_job ON notifications (mail_job) WHERE mail_job IS NOT NULL;
CREATE INDEX notifications_age ON notifications (updated_at);

-- What a person wants to hear of and how, and when not; without a row the defaults hold.
CREATE TABLE notification_settings (
  member_id {{bytes}} PRIMARY KEY,
  kinds TEXT NOT NULL,
  quiet TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Browsers that take pushes (RFC 8030). The keys are sealed with the workspace's data key.
CREATE TABLE push_subscriptions (
  id {{bytes}} PRIMARY KEY,
  member_id {{bytes}} NOT NULL,
  -- The sign-in it belongs to: with it the pushes end.
  session_id {{bytes}} NOT NULL,
  endpoint TEXT NOT NULL UNIQUE,
  keys {{bytes}} NOT NULL,
  device TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_push_at BIGINT
);
CREATE INDEX push_subscriptions_member ON push_subscriptions (member_id, created_at);
