-- Inserts, updates, deletes and vacuum
CREATE TABLE t (id serial PRIMARY KEY, v real[], n integer DEFAULT 0);
CREATE INDEX i ON t USING hnsw (v) WITH (dim=4);
SELECT setseed(0.75);
INSERT INTO t (v) SELECT ARRAY[random(), random(), random(), random()]::real[] FROM generate_series(1, 1500);
-- equal vectors share a node
INSERT INTO t (v) SELECT '{0.5,0.5,0.5,0.5}' FROM generate_series(1, 500);
SELECT _lantern_internal.validate_index('i', false);
SET enable_seqscan = off;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM t ORDER BY v <-> '{0.1,0.2,0.3,0.4}') x;
SELECT count(*) FROM (SELECT v FROM t ORDER BY v <-> '{0.5,0.5,0.5,0.5}' LIMIT 500) x WHERE v = '{0.5,0.5,0.5,0.5}';
-- rolled back
BEGIN;
INSERT INTO t (v) VALUES ('{9,9,9,9}');
SAVEPOINT s;
INSERT INTO t (v) VALUES ('{9,9,9,8}');
ROLLBACK TO s;
SELECT v FROM t ORDER BY v <-> '{9,9,9,9}' LIMIT 1;
ROLLBACK;
SELECT v = '{9,9,9,9}' AS there FROM t ORDER BY v <-> '{9,9,9,9}' LIMIT 1;
-- when the nearest rows are all deleted, the next ones are found, before and after vacuum
DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY v <-> '{0,0,0,0}' LIMIT 300);
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0,0,0,0}' LIMIT 10) x;
VACUUM t;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0,0,0,0}' LIMIT 10) x;
SELECT _lantern_internal.validate_index('i', false);
SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM t) AS all_rows FROM (SELECT id FROM t ORDER BY v <-> '{0.1,0.2,0.3,0.4}') x;
-- space is used again: updating all rows time after time does not grow the index without bound
UPDATE t SET n = n + 1, id = id + 10000;
VACUUM t;
CREATE TEMP TABLE updated AS SELECT pg_relation_size('i') AS once;
UPDATE t SET n = n + 1, id = id + 10000;
VACUUM t;
UPDATE t SET n = n + 1, id = id + 10000;
VACUUM t;
UPDATE t SET n = n + 1, id = id + 10000;
VACUUM t;
UPDATE t SET n = n + 1, id = id + 10000;
VACUUM t;
SELECT pg_relation_size('i') <= once * 1.1 AS bounded FROM updated;
SELECT _lantern_internal.validate_index('i', false);
SELECT count(*) = (SELECT count(*) FROM t) AS complete FROM (SELECT id FROM t ORDER BY v <-> '{0.1,0.2,0.3,0.4}') x;
-- chains of equal rows: the first row goes, then all, and records are used again
INSERT INTO t (v) SELECT '{3,3,3,3}' FROM generate_series(1, 100);
DELETE FROM t WHERE id IN (SELECT id FROM t WHERE v = '{3,3,3,3}' ORDER BY ctid LIMIT 50);
VACUUM t;
SELECT count(*) FROM (SELECT v FROM t ORDER BY v <-> '{3,3,3,3}' LIMIT 50) x WHERE v = '{3,3,3,3}';
INSERT INTO t (v) SELECT '{3,3,3,3}' FROM generate_series(1, 30);
SELECT count(*) FROM (SELECT v FROM t ORDER BY v <-> '{3,3,3,3}' LIMIT 80) x WHERE v = '{3,3,3,3}';
DELETE FROM t WHERE v = '{3,3,3,3}';
VACUUM t;
SELECT count(*) FROM (SELECT v FROM t ORDER BY v <-> '{3,3,3,3}' LIMIT 80) x WHERE v = '{3,3,3,3}';
SELECT _lantern_internal.validate_index('i', false);
-- all go, and others come
DELETE FROM t;
VACUUM t;
SELECT _lantern_internal.validate_index('i', false);
INSERT INTO t (v) SELECT ARRAY[random(), random(), random(), random()]::real[] FROM generate_series(1, 1500);
SELECT pg_relation_size('i') <= once * 1.1 AS bounded FROM updated;
SELECT _lantern_internal.validate_index('i', false);
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0.1,0.2,0.3,0.4}') x;
TRUNCATE t;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0.1,0.2,0.3,0.4}') x;
INSERT INTO t (v) VALUES ('{1,2,3,4}');
SELECT v FROM t ORDER BY v <-> '{0.1,0.2,0.3,0.4}';
DROP TABLE t, updated;
-- many neighbours: one insert touches more pages than one log record holds
CREATE TABLE wide (v real[]);
CREATE INDEX w ON wide USING hnsw (v) WITH (dim=2, m=128, ef_construction=400);
INSERT INTO wide SELECT ARRAY[i % 37, i]::real[] FROM generate_series(1, 400) i;
SELECT _lantern_internal.validate_index('w', false);
-- dimensions close to the limit
CREATE TABLE long (v real[]);
INSERT INTO long SELECT (SELECT array_agg(((j * i) % 17)::real) FROM generate_series(1, 1990) j) FROM generate_series(1, 50) i;
CREATE INDEX l ON long USING hnsw (v) WITH (dim=1990, m=16);
SELECT _lantern_internal.validate_index('l', false), pg_relation_size('l') < 2000000 AS small;
DROP TABLE wide, long;
