-- What has been erased by the authority's decision, for as long as there is a node: which commit says it, what it was
-- about, by which row of the plan and which decision.
CREATE TABLE disposal (
  commit_hash BLOB PRIMARY KEY, at_ms BIGINT NOT NULL, authority TEXT NOT NULL, document BLOB NOT NULL,
  facts BIGINT NOT NULL, body TEXT NOT NULL, seal BLOB NOT NULL
);
CREATE INDEX disposal_by_time ON disposal (at_ms);

-- Values that the archive owner has had erased and an authority here keeps until it decides for itself: out of the
-- document, shown on no page.
CREATE TABLE archive_value (
  header BLOB NOT NULL, idx BIGINT NOT NULL, salt BLOB NOT NULL, bytes BLOB NOT NULL,
  document BLOB NOT NULL, authority TEXT NOT NULL, moved_ms BIGINT NOT NULL,
  PRIMARY KEY (authority, header, idx)
);
CREATE INDEX archive_value_by_document ON archive_value (document);

-- Which erased values of a document (a hash over them) are gone from drafts, free pages and the log here too.
CREATE TABLE erasure_done (document BLOB PRIMARY KEY, digest BLOB NOT NULL);

-- Working copies that were made anew so that their history is gone: nobody may bring it back.
CREATE TABLE working_copy_retired (id BLOB PRIMARY KEY);
