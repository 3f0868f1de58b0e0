-- Outgoing webhooks: who outside is told of which events, what was told, and what they answered.
CREATE TABLE webhook_subscriptions (
  id {{bytes}} PRIMARY KEY,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  -- Kinds of events as JSON; `message.*` and `*` stand for several.
  events TEXT NOT NULL,
  -- all: every conversation; owner: those that the owner sees.
  reach TEXT NOT NULL,
  owner_id {{bytes}} NOT NULL,
  -- active, paused (by somebody), disabled (by us, after failures).
  status TEXT NOT NULL,
  disabled_because TEXT,
  disabled_at BIGINT,
  -- Sealed; the old one goes on signing beside the new one for a while.
  secret {{bytes}} NOT NULL,
  old_secret {{bytes}},
  old_secret_until BIGINT,
  -- The log is read up to here.
  seq BIGINT NOT NULL,
  -- Nothing was taken since then.
  failing_since BIGINT,
  failures BIGINT NOT NULL,
  last_success_at BIGINT,
  last_failure_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX webhook_subscriptions_recent ON webhook_subscriptions (created_at DESC, id DESC);

CREATE TABLE webhook_deliveries (
  id {{bytes}} PRIMARY KEY,
  subscription_id {{bytes}} NOT NULL,
  -- The event's number; none for a test.
  seq BIGINT,
  kind TEXT NOT NULL,
  conversation_id {{bytes}},
  contact_id {{bytes}},
  body TEXT NOT NULL,
  -- waiting, sending, delivered, failed.
  state TEXT NOT NULL,
  -- When it is tried next, or how long the try under way may take.
  next_at BIGINT,
  -- Tries altogether, and since it was last asked for.
  attempts BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  last_status BIGINT,
  last_error TEXT,
  last_at BIGINT,
  created_at BIGINT NOT NULL
);
-- Read twice, an event is still told once.
CREATE UNIQUE INDEX webhook_deliveries_event ON webhook_deliveries (subscription_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX webhook_deliveries_recent ON webhook_deliveries (subscription_id, id DESC);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (subscription_id, state, id DESC);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (subscription_id, next_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
CREATE INDEX webhook_deliveries_conversation ON webhook_deliveries (conversation_id) WHERE conversation_id IS NOT NULL;

CREATE TABLE webhook_attempts (
  delivery_id {{bytes}} NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  status BIGINT,
  -- In words, when it was not taken.
  error TEXT,
  -- The beginning of what was answered.
  response TEXT,
  PRIMARY KEY (delivery_id, n)
) {{clustered}};

ALTER TABLE notifications ADD COLUMN webhook_id {{bytes}};
