-- A hash over a row's other columns: a row that a failing disk has changed is found when it is read. NULL in rows from
-- before.
ALTER TABLE entry ADD COLUMN seal BLOB;
ALTER TABLE work ADD COLUMN seal BLOB;
ALTER TABLE device ADD COLUMN seal BLOB;
ALTER TABLE working_copy ADD COLUMN seal BLOB;
