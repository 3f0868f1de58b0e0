-- How much a workspace is used, counted in the background: nobody counts all rows while somebody waits.
CREATE TABLE usage_days (
  -- Days since 1970, in UTC.
  day BIGINT NOT NULL,
  channel_id {{bytes}} NOT NULL,
  inbound BIGINT NOT NULL,
  outbound BIGINT NOT NULL,
  -- Of those outbound: what nobody wrote by hand.
  automatic BIGINT NOT NULL,
  conversations BIGINT NOT NULL,
  PRIMARY KEY (day, channel_id)
) {{clustered}};

-- One row, from the first count on.
CREATE TABLE usage_totals (
  id BIGINT PRIMARY KEY,
  counted_at BIGINT NOT NULL,
  -- When everything was counted last, and not the latest days alone.
  whole_at BIGINT NOT NULL,
  open_conversations BIGINT NOT NULL,
  files BIGINT NOT NULL,
  file_bytes BIGINT NOT NULL,
  database_bytes BIGINT NOT NULL,
  webhooks_delivered BIGINT NOT NULL,
  webhooks_failed BIGINT NOT NULL,
  webhooks_waiting BIGINT NOT NULL
);
