-- A webhook speaks our own format or Chatwoot's, and may tell of one channel only.
ALTER TABLE webhook_subscriptions ADD COLUMN format TEXT NOT NULL DEFAULT 'standard';
ALTER TABLE webhook_subscriptions ADD COLUMN channel_id {{bytes}};

-- Who was told of a conversation: for its inspector.
CREATE INDEX notifications_about_conversation ON notifications (conversation_id, created_at) WHERE conversation_id IS NOT NULL;
