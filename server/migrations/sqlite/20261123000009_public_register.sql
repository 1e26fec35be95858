-- What anybody may look through in the registers, by any three letters in a row: each text under which an item was registered,
-- in the order in which that was said. Derived from register_entry.
CREATE VIRTUAL TABLE register_words USING fts5(
  authority UNINDEXED, position UNINDEXED, nr UNINDEXED, folded, tokenize = 'trigram case_sensitive 1'
);
INSERT INTO register_words (authority, position, nr, folded)
  SELECT authority, position, nr, folded FROM register_entry WHERE state = 'registered' ORDER BY at_ms;

-- What was registered, by the day on which it came in or was drawn up.
CREATE INDEX register_item_by_day ON register_item (authority, at_ms, position) WHERE state = 'registered';
