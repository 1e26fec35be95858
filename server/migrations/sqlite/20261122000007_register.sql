-- Each authority's register: what has been received and what has been dispatched, written in the transaction that stores the
-- commit. register_item says what it is and in which state it is now; register_entry is append only and says what was
-- decided about it, with its number. The organisation's own, never sent to a party.
CREATE TABLE register_item (
  authority TEXT NOT NULL, position BIGINT NOT NULL,
  tip BLOB NOT NULL, document BLOB NOT NULL,
  direction TEXT NOT NULL, counterpart TEXT NOT NULL, kind TEXT NOT NULL,
  purpose TEXT NOT NULL, audience TEXT NOT NULL, facts BIGINT NOT NULL,
  at_ms BIGINT NOT NULL, released_ms BIGINT NOT NULL, rules TEXT NOT NULL,
  state TEXT NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (authority, position)
);
-- Once for each authority, commit and document.
CREATE UNIQUE INDEX register_item_once ON register_item (authority, document, tip);
-- Nearly everything is kept in order: the others are found without reading it.
CREATE INDEX register_item_by_state ON register_item (authority, state, position) WHERE state <> 'in-order';

-- Items whose documents are not here yet.
CREATE INDEX register_item_unsettled ON register_item (document, authority) WHERE kind = '';

CREATE TABLE register_entry (
  authority TEXT NOT NULL, position BIGINT NOT NULL, nr BIGINT NOT NULL,
  at_ms BIGINT NOT NULL, state TEXT NOT NULL,
  register TEXT NOT NULL, number TEXT NOT NULL, document_number BIGINT NOT NULL,
  folded TEXT NOT NULL, folded_own TEXT NOT NULL, body TEXT NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (authority, position, nr)
);

-- Numbers that have been used, for good: one that was corrected is not given again.
CREATE TABLE register_number (
  register TEXT NOT NULL, number TEXT NOT NULL, document_number BIGINT NOT NULL,
  authority TEXT NOT NULL, position BIGINT NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (register, number, document_number)
);

-- How far each series has come. One that is closed gives no number until somebody has confirmed the last one.
CREATE TABLE register_series (
  register TEXT NOT NULL, template TEXT NOT NULL, last BIGINT NOT NULL, closed BIGINT NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (register, template)
);
