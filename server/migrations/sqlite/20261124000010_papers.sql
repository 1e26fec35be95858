-- The files of papers that this organisation has made: documents of their own, kept as they were made.
CREATE TABLE paper_file (
  document BLOB NOT NULL, paper TEXT NOT NULL, format TEXT NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL,
  made_ms BIGINT NOT NULL, PRIMARY KEY (document, paper, format)
);
