-- What was registered, by the day on which it came in or was drawn up. (What anybody may look through is read where it stands.)
CREATE INDEX register_item_by_day ON register_item (authority, at_ms, position) WHERE state = 'registered';
