-- What has been erased by the authority's decision, for as long as there is a node: which commit says it, what it was
-- about, by which row of the plan and which decision.
CREATE TABLE disposal (
  commit_hash BYTEA PRIMARY KEY, at_ms BIGINT NOT NULL, authority TEXT COLLATE "C" NOT NULL, document BYTEA NOT NULL,
  facts BIGINT NOT NULL, body TEXT COLLATE "C" NOT NULL, seal BYTEA NOT NULL
);
CREATE INDEX disposal_by_time ON disposal (at_ms);

-- Values that the archive owner has had erased and an authority here keeps until it decides for itself: out of the
-- document, shown on no page.
CREATE TABLE archive_value (
  header BYTEA NOT NULL, idx BIGINT NOT NULL, salt BYTEA NOT NULL, bytes BYTEA NOT NULL,
  document BYTEA NOT NULL, authority TEXT COLLATE "C" NOT NULL, moved_ms BIGINT NOT NULL,
  PRIMARY KEY (authority, header, idx)
);
CREATE INDEX archive_value_by_document ON archive_value (document);

-- Which erased values of a document (a hash over them) are gone from drafts, free pages and the log here too.
CREATE TABLE erasure_done (document BYTEA PRIMARY KEY, digest BYTEA NOT NULL);

-- Working copies that were made anew so that their history is gone: nobody may bring it back.
CREATE TABLE working_copy_retired (id BYTEA PRIMARY KEY);
