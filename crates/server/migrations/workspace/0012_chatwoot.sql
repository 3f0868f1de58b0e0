-- Numbers by which programs written for Chatwoot know things: its ids are integers that fit 32 bits, ours are texts. Given when a thing is shown first.
CREATE TABLE chatwoot_numbers (
  -- Prefix of the id: con, mem, tem, chn, msg, crp, tag, fil. Conversations have a number of their own.
  kind TEXT NOT NULL,
  number BIGINT NOT NULL,
  -- As everywhere in the API: `con_…`.
  id TEXT NOT NULL UNIQUE,
  -- What such a program calls it itself: the `identifier` of a contact.
  name TEXT,
  PRIMARY KEY (kind, number)
);
CREATE UNIQUE INDEX chatwoot_numbers_name ON chatwoot_numbers (kind, name) WHERE name IS NOT NULL;
