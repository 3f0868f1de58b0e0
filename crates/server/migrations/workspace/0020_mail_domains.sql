-- Keys by which mail that leaves directly is signed, one a domain.
CREATE TABLE mail_domains (
  domain TEXT PRIMARY KEY,
  selector TEXT NOT NULL,
  -- The private key, under the workspace's data key.
  sealed {{bytes}} NOT NULL,
  public_key TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  checked_at BIGINT,
  -- Since when the DNS has it; nothing is signed without.
  published_at BIGINT,
  -- What the last check found instead, in words.
  trouble TEXT
);
