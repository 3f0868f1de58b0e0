-- The keys by which push services know this installation (RFC 8292): made at first use, sealed under the master key.
CREATE TABLE push_keys (
  id BIGINT PRIMARY KEY,
  data_key {{bytes}} NOT NULL,
  private_key {{bytes}} NOT NULL,
  public_key TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
