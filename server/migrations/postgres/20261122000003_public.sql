-- Whether all that a work's row shows has been released to the public. The rows are a cache: the next start makes them anew.
DELETE FROM work_term;
DELETE FROM work;
ALTER TABLE work ADD COLUMN public BIGINT NOT NULL DEFAULT 0;
CREATE INDEX work_by_time ON work (updated_ms);
