-- Raw entries and values are the truth; work and work_term are caches that `samsynd rebuild` makes anew.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE charter (hash BLOB PRIMARY KEY, version BIGINT NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE charter_signature (
  charter BLOB NOT NULL, organisation TEXT NOT NULL, signature BLOB NOT NULL,
  PRIMARY KEY (charter, organisation, signature)
);

-- One row per entry, in the order of arrival here. signature and proof stand on the last entry of a commit.
CREATE TABLE entry (
  position BIGINT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  organisation TEXT NOT NULL,
  header BLOB NOT NULL,
  outline BLOB NOT NULL,
  signature BLOB,
  proof BIGINT,
  stored_ms BIGINT NOT NULL
);
CREATE INDEX entry_unproven ON entry (proof) WHERE proof = 1;

-- What can be erased, apart from what is signed.
CREATE TABLE fact_value (
  header BLOB NOT NULL, idx BIGINT NOT NULL, salt BLOB NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (header, idx)
);

CREATE TABLE work (
  document BLOB PRIMARY KEY,
  owner TEXT NOT NULL, public_number TEXT NOT NULL, title TEXT NOT NULL, folded TEXT NOT NULL, search TEXT NOT NULL,
  stage TEXT NOT NULL, form TEXT NOT NULL, start TEXT NOT NULL, start_key BIGINT NOT NULL,
  conflicts BIGINT NOT NULL, updated_ms BIGINT NOT NULL
);
CREATE INDEX work_by_title ON work (folded);
CREATE INDEX work_by_number ON work (public_number);
CREATE TABLE work_term (
  document BLOB NOT NULL, kind TEXT NOT NULL, term TEXT NOT NULL,
  PRIMARY KEY (document, kind, term)
);
CREATE INDEX work_by_term ON work_term (kind, term);

-- The organisation's own: never sent to a party.
CREATE TABLE device (
  pin TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, authority TEXT,
  added_ms BIGINT NOT NULL, revoked_ms BIGINT
);
CREATE TABLE working_copy (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, authority TEXT NOT NULL, document BLOB UNIQUE,
  title TEXT NOT NULL, automerge BLOB NOT NULL, bridge BLOB NOT NULL, updated_ms BIGINT NOT NULL
);
