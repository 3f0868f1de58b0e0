-- Looks that went through whole tables, and who was answered by itself at an address of their own choice.

-- What was taken back and may be due again, of one conversation.
CREATE INDEX outbox_cancelled ON outbox (conversation_id, due_at) WHERE state = 'cancelled';

-- What goes with a conversation that is removed for good, and whether anybody else has its files.
CREATE INDEX notifications_of_conversation ON notifications (conversation_id);
CREATE INDEX macro_runs_conversation ON macro_runs (conversation_id);
CREATE INDEX conversations_previous ON conversations (previous_id) WHERE previous_id IS NOT NULL;
CREATE INDEX files_thumbnail_hash ON files (thumbnail_hash) WHERE thumbnail_hash IS NOT NULL;
CREATE INDEX files_sent_hash ON files (sent_hash) WHERE sent_hash IS NOT NULL;
CREATE INDEX journal_body_hash ON journal (body_hash) WHERE body_hash IS NOT NULL;
CREATE INDEX journal_conversation ON journal (conversation_id) WHERE conversation_id IS NOT NULL;
-- What was told of a person who is removed, and of those who were joined into them.
CREATE INDEX contacts_joined ON contacts (joined_into) WHERE joined_into IS NOT NULL;
CREATE INDEX webhook_deliveries_contact ON webhook_deliveries (contact_id) WHERE contact_id IS NOT NULL;

-- What was answered without anybody having to, where the answer does not go to whom the message came from.
CREATE TABLE automatic_answers_elsewhere (
  address TEXT NOT NULL,
  channel_id {{bytes}} NOT NULL,
  greeted_at BIGINT,
  away_at BIGINT,
  hour_at BIGINT NOT NULL,
  hour_count BIGINT NOT NULL,
  PRIMARY KEY (address, channel_id)
) {{clustered}};
CREATE INDEX automatic_answers_elsewhere_age ON automatic_answers_elsewhere (hour_at);
