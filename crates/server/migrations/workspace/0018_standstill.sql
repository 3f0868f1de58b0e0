-- One row while nothing leaves this workspace, whatever waits: it came from another installation and nobody has said yet that it goes on
-- here (`moved`), or it is about to be deleted (`deletion`).
CREATE TABLE standstill (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  reason TEXT NOT NULL,
  since BIGINT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT,
  -- For a deletion: when it is done.
  due_at BIGINT,
  -- It came from elsewhere and waits since then; stays while a deletion is asked for and taken back.
  moved_at BIGINT
);
