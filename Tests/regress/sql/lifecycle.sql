-- What happens to a table happens to its index
CREATE TABLE t (id serial PRIMARY KEY, grp integer, v real[]);
SELECT setseed(0.125);
INSERT INTO t (grp, v) SELECT i % 5, ARRAY[random(), random(), random()]::real[] FROM generate_series(1, 1000) i;
SET enable_seqscan = off;
CREATE INDEX CONCURRENTLY c ON t USING hnsw (v) WITH (dim=3);
SELECT _lantern_internal.validate_index('c', false);
REINDEX INDEX c;
REINDEX INDEX CONCURRENTLY c;
SELECT _lantern_internal.validate_index('c', false);
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0,0,0}') x;
VACUUM FULL t;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0,0,0}') x;
ALTER TABLE t SET UNLOGGED;
INSERT INTO t (grp, v) VALUES (1, '{2,2,2}');
ALTER TABLE t SET LOGGED;
SELECT v FROM t ORDER BY v <-> '{2,2,2}' LIMIT 1;
SELECT _lantern_internal.validate_index('c', false);
DROP INDEX c;
-- partial and expression indexes
CREATE INDEX p ON t USING lantern_hnsw (v) WITH (quant_bits=8) WHERE grp = 3;
EXPLAIN (COSTS OFF) SELECT id FROM t WHERE grp = 3 ORDER BY v <-> '{0,0,0}' LIMIT 5;
SELECT count(*) FROM (SELECT id FROM t WHERE grp = 3 ORDER BY v <-> '{0,0,0}') x;
CREATE FUNCTION halved(real[]) RETURNS real[] LANGUAGE sql IMMUTABLE AS $$ SELECT ARRAY[$1[1] / 2, $1[2] / 2] $$;
CREATE INDEX e ON t USING hnsw (halved(v)) WITH (dim=2);
EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY halved(v) <-> '{0,0}' LIMIT 5;
SELECT count(*) FROM (SELECT id FROM t ORDER BY halved(v) <-> '{0,0}') x;
SELECT _lantern_internal.validate_index('p', false), _lantern_internal.validate_index('e', false);
DROP TABLE t;
DROP FUNCTION halved;
-- temporary, unlogged and partitioned tables
CREATE TEMP TABLE temporary (v real[]);
INSERT INTO temporary SELECT ARRAY[i, i % 3]::real[] FROM generate_series(1, 200) i;
CREATE INDEX ON temporary USING hnsw (v);
INSERT INTO temporary VALUES ('{0,0}');
SELECT v FROM temporary ORDER BY v <-> '{0,0}' LIMIT 1;
CREATE UNLOGGED TABLE unlogged (v real[3]);
CREATE INDEX ON unlogged USING hnsw (v) WITH (dim=3);
INSERT INTO unlogged VALUES ('{1,2,3}');
SELECT v FROM unlogged ORDER BY v <-> '{0,0,0}' LIMIT 1;
CREATE TABLE parts (id integer, v real[]) PARTITION BY HASH (id);
CREATE TABLE part0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON parts USING hnsw (v) WITH (dim=2);
INSERT INTO parts SELECT i, ARRAY[i, 0]::real[] FROM generate_series(1, 500) i;
EXPLAIN (COSTS OFF) SELECT id FROM parts ORDER BY v <-> '{7,0}' LIMIT 3;
SELECT id FROM parts ORDER BY v <-> '{7.1,0}' LIMIT 3;
DROP TABLE temporary, unlogged, parts;
-- an index that learned its dimensions from a row is emptied, and learns them again
CREATE TABLE emptied (v real[]);
INSERT INTO emptied VALUES ('{1,2,3}');
CREATE INDEX em ON emptied USING hnsw (v);
TRUNCATE emptied;
SELECT v FROM emptied ORDER BY v <-> '{1,2}' LIMIT 1;
SELECT _lantern_internal.validate_index('em', false);
VACUUM emptied;
INSERT INTO emptied VALUES ('{}');
INSERT INTO emptied VALUES ('{4,5}');
INSERT INTO emptied VALUES ('{1,2,3}');
SELECT v FROM emptied ORDER BY v <-> '{1,2}' LIMIT 1;
SELECT _lantern_internal.validate_index('em', false);
DROP TABLE emptied;
-- a build that outgrows its memory goes on row by row
CREATE TABLE big (v real[]);
INSERT INTO big SELECT ARRAY[random(), random(), random()]::real[] FROM generate_series(1, 6000);
SET maintenance_work_mem = '1MB';
\set VERBOSITY terse
CREATE INDEX b ON big USING hnsw (v) WITH (ef_construction=16);
\set VERBOSITY default
SELECT _lantern_internal.validate_index('b', false);
SELECT count(*) FROM (SELECT 1 FROM big ORDER BY v <-> '{0,0,0}') x;
DROP TABLE big;
RESET maintenance_work_mem;
-- who may validate
CREATE TABLE mine (v real[]);
CREATE INDEX m ON mine USING hnsw (v) WITH (dim=2);
CREATE ROLE lantern_stranger;
SET ROLE lantern_stranger;
SELECT _lantern_internal.validate_index('m', false);
RESET ROLE;
DROP ROLE lantern_stranger;
DROP TABLE mine;
