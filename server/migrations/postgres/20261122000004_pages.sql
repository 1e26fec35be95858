-- What lists are ordered by, counted by and filtered by, each from an index alone: rows are wide (their text is searched).
DROP INDEX work_by_title;
CREATE INDEX work_by_title ON work (folded, document, stage, form, public);
DROP INDEX work_by_time;
CREATE INDEX work_by_time ON work (updated_ms DESC, document);
CREATE INDEX work_by_stage ON work (stage, public, document);
DROP INDEX work_by_term;
CREATE INDEX work_by_term ON work_term (kind, term, document);
