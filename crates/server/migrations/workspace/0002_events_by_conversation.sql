-- What happened in one conversation: for its history, and for visitors who catch up.
CREATE INDEX events_conversation ON events (conversation_id, seq) WHERE conversation_id IS NOT NULL;
