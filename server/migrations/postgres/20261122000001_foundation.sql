-- The same tables as in ../sqlite, in the same order of text: by bytes (COLLATE "C"), whatever the database's locale.
-- Raw entries and values are the truth; work and work_term are caches that `samsynd rebuild` makes anew.
CREATE TABLE meta (key TEXT COLLATE "C" PRIMARY KEY, value TEXT COLLATE "C" NOT NULL);

CREATE TABLE charter (hash BYTEA PRIMARY KEY, version BIGINT NOT NULL, bytes BYTEA NOT NULL);
CREATE TABLE charter_signature (
  charter BYTEA NOT NULL, organisation TEXT COLLATE "C" NOT NULL, signature BYTEA NOT NULL,
  PRIMARY KEY (charter, organisation, signature)
);

-- One row per entry, in the order of arrival here. signature and proof stand on the last entry of a commit.
CREATE TABLE entry (
  position BIGINT PRIMARY KEY,
  hash BYTEA NOT NULL UNIQUE,
  organisation TEXT COLLATE "C" NOT NULL,
  header BYTEA NOT NULL,
  outline BYTEA NOT NULL,
  signature BYTEA,
  proof BIGINT,
  stored_ms BIGINT NOT NULL
);
CREATE INDEX entry_unproven ON entry (proof) WHERE proof = 1;

-- What can be erased, apart from what is signed.
CREATE TABLE fact_value (
  header BYTEA NOT NULL, idx BIGINT NOT NULL, salt BYTEA NOT NULL, bytes BYTEA NOT NULL,
  PRIMARY KEY (header, idx)
);

-- An index row has at most 2 704 bytes here: what people write freely is never a key of an ordered index, or one long
-- title would stop the node (keeps I6). `folded` is short, the public number is looked up by hash.
CREATE TABLE work (
  document BYTEA PRIMARY KEY,
  owner TEXT COLLATE "C" NOT NULL, public_number TEXT COLLATE "C" NOT NULL, title TEXT COLLATE "C" NOT NULL,
  folded TEXT COLLATE "C" NOT NULL, search TEXT COLLATE "C" NOT NULL,
  stage TEXT COLLATE "C" NOT NULL, form TEXT COLLATE "C" NOT NULL, start TEXT COLLATE "C" NOT NULL,
  start_key BIGINT NOT NULL, conflicts BIGINT NOT NULL, updated_ms BIGINT NOT NULL
);
CREATE INDEX work_by_title ON work (folded);
CREATE INDEX work_by_number ON work USING hash (public_number);
CREATE TABLE work_term (
  document BYTEA NOT NULL, kind TEXT COLLATE "C" NOT NULL, term TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (document, kind, term)
);
CREATE INDEX work_by_term ON work_term (kind, term);

-- The organisation's own: never sent to a party.
CREATE TABLE device (
  pin TEXT COLLATE "C" PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, role TEXT COLLATE "C" NOT NULL,
  authority TEXT COLLATE "C", added_ms BIGINT NOT NULL, revoked_ms BIGINT
);
CREATE TABLE working_copy (
  id BYTEA PRIMARY KEY, kind TEXT COLLATE "C" NOT NULL, authority TEXT COLLATE "C" NOT NULL, document BYTEA UNIQUE,
  title TEXT COLLATE "C" NOT NULL, automerge BYTEA NOT NULL, bridge BYTEA NOT NULL, updated_ms BIGINT NOT NULL
);
