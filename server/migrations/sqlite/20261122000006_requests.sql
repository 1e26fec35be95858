-- Releases that somebody has asked for and a releaser answers: one for each working copy, the latest. The organisation's
-- own, never sent to a party.
CREATE TABLE release_request (
  working_copy BLOB PRIMARY KEY, asked_ms BIGINT NOT NULL, body TEXT NOT NULL, seal BLOB NOT NULL
);
