-- Indexes that are made again, in every way, and builds that come to nothing
SET enable_seqscan = off;
CREATE FUNCTION search(tab regclass, OUT rows bigint, OUT wrong bigint) LANGUAGE plpgsql AS $$
-- The rows of a scan of the index, and at how many ranks they are not those of exact search; distances are distinct
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE format('EXPLAIN SELECT id FROM %s ORDER BY v <-> ''{0.3,0.2,0.1}''', tab) LOOP plan := plan || line; END LOOP;
	IF plan !~ 'Order By: \(v <->' OR plan ~ 'Sort' THEN RAISE 'the index is not used: %', plan; END IF;
	EXECUTE format('WITH found AS MATERIALIZED (SELECT id FROM %1$s ORDER BY v <-> ''{0.3,0.2,0.1}'')
		SELECT count(f.id), count(*) FILTER (WHERE f.id IS DISTINCT FROM e.id)
		FROM (SELECT id, row_number() OVER () AS rank FROM found) f
		FULL JOIN (SELECT id, row_number() OVER (ORDER BY l2sq_dist(v, ''{0.3,0.2,0.1}'')) AS rank FROM %1$s WHERE v IS NOT NULL) e USING (rank)',
		tab) INTO rows, wrong;
END $$;
CREATE TABLE t (id integer, v real[]);
SELECT setseed(0.5);
INSERT INTO t SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 300) i;
-- A concurrent build that fails leaves an index that is not valid; it is of use once it is rebuilt
INSERT INTO t VALUES (0, '{1,2}');
CREATE INDEX CONCURRENTLY i ON t USING hnsw (v) WITH (dim=3, ef=500);
SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass;
DELETE FROM t WHERE id = 0;
REINDEX INDEX CONCURRENTLY i;
SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass;
SELECT * FROM search('t');
-- A rebuild that fails leaves the index as it was
ALTER INDEX i SET (dim=4);
REINDEX INDEX i;
REINDEX INDEX CONCURRENTLY i;
DROP INDEX i_ccnew;
SELECT * FROM search('t');
ALTER INDEX i RESET (dim);
REINDEX INDEX i;
SELECT * FROM search('t');
-- Renamed, commented on, replaced by another, dropped
ALTER INDEX i RENAME TO j;
COMMENT ON INDEX j IS 'vectors';
CREATE INDEX CONCURRENTLY i ON t USING lantern_hnsw (v) WITH (m=8, ef=500);
DROP INDEX CONCURRENTLY j;
SELECT * FROM search('t');
-- In a transaction that is rolled back
BEGIN;
DROP INDEX i;
CREATE INDEX k ON t USING hnsw (v) WITH (ef=500);
INSERT INTO t VALUES (1000, '{5,5,5}');
SELECT * FROM search('t');
ROLLBACK;
SELECT * FROM search('t');
BEGIN;
SAVEPOINT s;
REINDEX INDEX i;
DELETE FROM t WHERE id > 100;
ROLLBACK TO s;
INSERT INTO t VALUES (1001, '{5,5,5}');
COMMIT;
SELECT * FROM search('t');
BEGIN;
TRUNCATE t;
INSERT INTO t SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 10) i;
SELECT * FROM search('t');
ROLLBACK;
SELECT * FROM search('t');
BEGIN;
TRUNCATE t;
INSERT INTO t SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 100) i;
COMMIT;
SELECT * FROM search('t');
SELECT _lantern_internal.validate_index('i', false);
-- A table like another has its indexes and their options
CREATE INDEX part ON t USING lantern_hnsw (v dist_l2sq_ops) WITH (dim=3, quant_bits=8) WHERE id > 5;
DROP INDEX i;
CREATE TABLE alike (LIKE t INCLUDING ALL);
SELECT indexdef FROM pg_indexes WHERE tablename = 'alike';
INSERT INTO alike SELECT * FROM t;
SELECT _lantern_internal.validate_index('alike_v_idx');
DROP TABLE alike, t;
-- An index that learned its dimensions from a row is rebuilt without any row
CREATE TABLE emptied (id integer, v real[]);
INSERT INTO emptied VALUES (1, '{1,2,3,4}');
CREATE INDEX em ON emptied USING hnsw (v);
TRUNCATE emptied;
REINDEX INDEX em;
REINDEX INDEX CONCURRENTLY em;
VACUUM FULL emptied;
ALTER TABLE emptied SET UNLOGGED;
ALTER TABLE emptied SET LOGGED;
ALTER TABLE emptied ALTER COLUMN v TYPE real[] USING v;
INSERT INTO emptied SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 50) i;
INSERT INTO emptied VALUES (51, '{1,2,3,4}');
SELECT * FROM search('emptied');
DROP TABLE emptied;
-- Several indexes are vacuumed at once
SET min_parallel_index_scan_size = 0;
CREATE TABLE several (id integer PRIMARY KEY, v real[]);
INSERT INTO several SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 300) i;
CREATE INDEX s8 ON several USING hnsw (v) WITH (ef=500, quant_bits=8);
CREATE INDEX s32 ON several USING hnsw (v) WITH (ef=500, quant_bits=32);
DELETE FROM several WHERE id % 3 = 0;
VACUUM (PARALLEL 2, FREEZE) several;
SELECT _lantern_internal.validate_index('s8', false), _lantern_internal.validate_index('s32', false);
SELECT * FROM search('several');
-- Vacuum that leaves indexes alone, and one that follows
DELETE FROM several WHERE id % 3 = 1;
VACUUM (INDEX_CLEANUP OFF) several;
SELECT * FROM search('several');
VACUUM (INDEX_CLEANUP ON, PARALLEL 0) several;
INSERT INTO several SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 300) i WHERE i % 3 <> 2;
SELECT * FROM search('several');
SELECT _lantern_internal.validate_index('s8', false), _lantern_internal.validate_index('s32', false);
DROP TABLE several;
DROP FUNCTION search;
-- an index without dim that is emptied in the transaction that made it waits for its next row
BEGIN;
CREATE TABLE fresh (id integer, v real[]);
INSERT INTO fresh VALUES (1, '{1,2}');
CREATE INDEX fresh_v ON fresh USING hnsw (v);
TRUNCATE fresh;
INSERT INTO fresh VALUES (2, '{1,2,3}');
SELECT id FROM fresh ORDER BY v <-> '{1,2,3}';
COMMIT;
CREATE TEMP TABLE fleeting (v real[]) ON COMMIT DELETE ROWS;
BEGIN;
INSERT INTO fleeting VALUES ('{1,2}');
CREATE INDEX fleeting_v ON fleeting USING hnsw (v);
COMMIT;
DROP TABLE fresh, fleeting;
-- so does one on a materialized view that has no rows yet, as pg_restore makes it
CREATE MATERIALIZED VIEW later AS SELECT 1 AS id, '{3,4}'::real[] AS v WITH NO DATA;
CREATE INDEX later_v ON later USING hnsw (v);
REFRESH MATERIALIZED VIEW later;
SET enable_seqscan = off;
SELECT id FROM later ORDER BY v <-> '{3,4}';
SELECT _lantern_internal.validate_index('later_v', false);
DROP MATERIALIZED VIEW later;
