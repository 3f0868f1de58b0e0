-- Open conversations of a subject in the order of their making: of a subject that everybody uses, only the newest are looked at.
CREATE INDEX conversations_subject_open ON conversations (channel_id, subject_key, id DESC)
  WHERE subject_key IS NOT NULL AND deleted_at IS NULL AND bucket IN ('open', 'pending', 'snoozed');
DROP INDEX conversations_subject;
