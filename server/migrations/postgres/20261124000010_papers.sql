-- The files of papers that this organisation has made: documents of their own, kept as they were made.
CREATE TABLE paper_file (
  document BYTEA NOT NULL, paper TEXT COLLATE "C" NOT NULL, format TEXT COLLATE "C" NOT NULL, digest BYTEA NOT NULL, bytes BYTEA NOT NULL,
  made_ms BIGINT NOT NULL, PRIMARY KEY (document, paper, format)
);
