-- What can be done to a table with an index, its index survives
SET enable_seqscan = off;
CREATE FUNCTION wrong(tab regclass) RETURNS bigint LANGUAGE plpgsql AS $$
-- How many rows of an index scan are not those of exact search, in its order; distances are distinct
DECLARE
	result bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT id, row_number() OVER () AS n FROM (SELECT id FROM %1$s ORDER BY v <-> ''{0.3,0.2,0.1}'') x) f
		FULL JOIN (SELECT id, row_number() OVER (ORDER BY l2sq_dist(v, ''{0.3,0.2,0.1}'')) AS n FROM %1$s WHERE v IS NOT NULL) e USING (id, n)
		WHERE f.id IS NULL OR e.id IS NULL', tab) INTO result;
	RETURN result;
END $$;
CREATE TABLE t (id integer, grp integer, dropped text, v real[]);
SELECT setseed(0.25);
INSERT INTO t SELECT i, i % 5, 'x', ARRAY[random(), random(), random()] FROM generate_series(1, 400) i;
CREATE INDEX t_v ON t USING hnsw (v) WITH (dim=3, ef=500);
SELECT wrong('t');
-- rebuilding
REINDEX TABLE t;
SELECT wrong('t');
REINDEX TABLE CONCURRENTLY t;
SELECT wrong('t');
CREATE INDEX t_id ON t (id);
CLUSTER t USING t_id;
SELECT wrong('t');
VACUUM (FULL, ANALYZE) t;
SELECT wrong('t');
BEGIN; TRUNCATE t; SELECT wrong('t'); ROLLBACK;
SELECT wrong('t');
-- changing the table
ALTER TABLE t DROP COLUMN dropped;
ALTER TABLE t RENAME COLUMN grp TO band;
ALTER TABLE t ALTER COLUMN v TYPE double precision[];
DROP INDEX t_v;
ALTER TABLE t ALTER COLUMN v TYPE real[] USING v::real[];
CREATE INDEX t_v ON t USING hnsw (v) WITH (dim=3, ef=500);
ALTER TABLE t ALTER COLUMN v TYPE real[] USING ARRAY[v[1], v[2], v[3] + 1];
SELECT wrong('t');
ALTER TABLE t ADD COLUMN n integer DEFAULT 7;
ALTER TABLE t RENAME TO renamed;
SELECT wrong('renamed');
ALTER TABLE renamed RENAME TO t;
SELECT _lantern_internal.validate_index('t_v', false);
-- tablespaces
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE lantern_space LOCATION '';
ALTER INDEX t_v SET TABLESPACE lantern_space;
SELECT wrong('t');
REINDEX (TABLESPACE pg_default) INDEX t_v;
SELECT wrong('t');
CREATE INDEX t_w ON t USING hnsw (v) TABLESPACE lantern_space;
DROP INDEX t_w;
DROP TABLESPACE lantern_space;
-- savepoints and what is rolled back
BEGIN;
INSERT INTO t VALUES (1001, 1, '{0.3,0.2,0.1}');
SAVEPOINT s;
INSERT INTO t VALUES (1002, 1, '{0.3,0.2,0.11}');
ROLLBACK TO s;
INSERT INTO t VALUES (1003, 1, '{0.3,0.2,0.12}');
SELECT id FROM t ORDER BY v <-> '{0.3,0.2,0.1}' LIMIT 2;
ROLLBACK;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0.3,0.2,0.1}') x WHERE id > 1000;
SELECT wrong('t');
-- every way of writing
INSERT INTO t VALUES (2001, 1, '{5,5,5}'), (2002, 1, '{6,6,6}');
CREATE UNIQUE INDEX t_unique ON t (id);
INSERT INTO t VALUES (2001, 2, '{7,7,7}') ON CONFLICT (id) DO UPDATE SET v = excluded.v;
INSERT INTO t VALUES (2002, 2, '{8,8,8}') ON CONFLICT DO NOTHING;
COPY t (id, band, v) FROM stdin;
2003	1	{9,9,9}
2004	1	\N
\.
MERGE INTO t USING (VALUES (2003), (2005)) x (id) ON t.id = x.id
WHEN MATCHED THEN UPDATE SET v = '{10,10,10}' WHEN NOT MATCHED THEN INSERT VALUES (x.id, 1, '{11,11,11}', 7);
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t ORDER BY v <-> '{11,11,11}' FOR UPDATE;
FETCH c;
UPDATE t SET v = '{12,12,12}' WHERE CURRENT OF c;
FETCH c;
DELETE FROM t WHERE CURRENT OF c;
COMMIT;
SELECT id, v FROM t ORDER BY v <-> '{20,20,20}' LIMIT 4;
SELECT wrong('t');
VACUUM t;
SELECT wrong('t');
-- a partial index: rows come into it and go
CREATE INDEX t_partial ON t USING hnsw (v) WITH (dim=3) WHERE band = 3;
UPDATE t SET band = 3 WHERE id <= 50;
UPDATE t SET band = 4 WHERE id > 300 AND band = 3;
SELECT count(*) = (SELECT count(*) FROM t WHERE band = 3) AS complete, bool_and(band = 3) FROM (SELECT band FROM t WHERE band = 3 ORDER BY v <-> '{0,0,0}') x;
SELECT _lantern_internal.validate_index('t_partial', false);
DROP TABLE t;
-- children by inheritance, and partitions that come and go
CREATE TABLE parent (id integer, v real[]) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF parent FOR VALUES FROM (0) TO (200);
CREATE INDEX parent_v ON parent USING hnsw (v) WITH (dim=3, ef=500);
CREATE TABLE high (id integer, v real[]);
INSERT INTO high SELECT i, ARRAY[random(), random(), random()] FROM generate_series(200, 399) i;
INSERT INTO low SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 199) i;
ALTER TABLE parent ATTACH PARTITION high FOR VALUES FROM (200) TO (400);
EXPLAIN (COSTS OFF) SELECT id FROM parent ORDER BY v <-> '{0.3,0.2,0.1}' LIMIT 3;
SELECT wrong('parent');
UPDATE parent SET id = id + 200 WHERE id < 20;
SELECT wrong('parent');
ALTER TABLE parent DETACH PARTITION high;
SELECT wrong('parent'), wrong('high');
DROP TABLE parent, high;
CREATE TABLE mother (id integer, v real[]);
CREATE TABLE child () INHERITS (mother);
CREATE INDEX ON mother USING hnsw (v) WITH (dim=3, ef=500);
CREATE INDEX ON child USING hnsw (v) WITH (dim=3, ef=500);
INSERT INTO mother SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 100) i;
INSERT INTO child SELECT i, ARRAY[random(), random(), random()] FROM generate_series(101, 200) i;
SELECT wrong('mother');
DROP TABLE mother, child;
-- temporary tables, emptied at commit
CREATE TEMP TABLE temporary (id integer, v real[]) ON COMMIT DELETE ROWS;
CREATE INDEX ON temporary USING hnsw (v) WITH (dim=3, ef=500);
BEGIN;
INSERT INTO temporary SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 100) i;
SELECT wrong('temporary');
COMMIT;
SELECT count(*) FROM (SELECT id FROM temporary ORDER BY v <-> '{0,0,0}') x;
INSERT INTO temporary VALUES (1, '{1,2,3}');
DROP TABLE temporary;
-- materialized views
CREATE TABLE base (id integer PRIMARY KEY, v real[]);
INSERT INTO base SELECT i, ARRAY[random(), random(), random()] FROM generate_series(1, 100) i;
CREATE MATERIALIZED VIEW seen AS SELECT * FROM base;
CREATE UNIQUE INDEX ON seen (id);
CREATE INDEX ON seen USING hnsw (v) WITH (dim=3, ef=500);
INSERT INTO base SELECT i, ARRAY[random(), random(), random()] FROM generate_series(101, 200) i;
REFRESH MATERIALIZED VIEW seen;
SELECT wrong('seen');
DELETE FROM base WHERE id % 3 = 0;
REFRESH MATERIALIZED VIEW CONCURRENTLY seen;
SELECT wrong('seen');
DROP MATERIALIZED VIEW seen;
DROP TABLE base;
-- rows that a foreign key takes along
CREATE TABLE owner (id integer PRIMARY KEY);
CREATE TABLE owned (id integer, owner integer REFERENCES owner ON DELETE CASCADE, v real[]);
CREATE INDEX ON owned USING hnsw (v) WITH (dim=3, ef=500);
INSERT INTO owner SELECT generate_series(1, 10);
INSERT INTO owned SELECT i, i % 10 + 1, ARRAY[random(), random(), random()] FROM generate_series(1, 100) i;
DELETE FROM owner WHERE id <= 5;
SELECT wrong('owned');
VACUUM owned;
SELECT wrong('owned');
DROP TABLE owned, owner;
DROP FUNCTION wrong;
