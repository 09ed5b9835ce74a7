-- The column behind an index: changes of its type, domains, generated columns, storage, and rewritten tables
SET enable_seqscan = off;
CREATE TABLE t (id integer, v numeric[]);
INSERT INTO t SELECT i, ARRAY[i, i % 7, 0.5] FROM generate_series(1, 300) i;
-- numeric[] has no operator class, and is turned into real[]
CREATE INDEX ON t USING hnsw (v);
ALTER TABLE t ALTER COLUMN v TYPE real[];
CREATE INDEX t_v ON t USING hnsw (v) WITH (ef=400, m=8);
SELECT id FROM t ORDER BY v <-> ARRAY[100.25, 2, 0.5] LIMIT 3;
-- The index stands in the way of such types then, and is rebuilt for values that are computed anew
ALTER TABLE t ALTER COLUMN v TYPE numeric[];
ALTER TABLE t ALTER COLUMN v TYPE integer[];
ALTER TABLE t ALTER COLUMN v TYPE real[] USING ARRAY[v[1], v[2]];
SELECT id FROM t ORDER BY v <-> ARRAY[100.25, 2] LIMIT 3;
SELECT id FROM t ORDER BY v <-> ARRAY[100.25, 2, 0.5] LIMIT 3;
SELECT indexdef FROM pg_indexes WHERE indexname = 't_v';
-- An index by a cast becomes one by the column when the column gets that type
CREATE TABLE doubles (id integer, v double precision[]);
INSERT INTO doubles SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 300) i;
CREATE INDEX doubles_v ON doubles USING hnsw ((v::real[])) WITH (dim=2, ef=400);
EXPLAIN (COSTS OFF) SELECT id FROM doubles ORDER BY v::real[] <-> '{100.25,2}' LIMIT 3;
SELECT id FROM doubles ORDER BY v::real[] <-> '{100.25,2}' LIMIT 3;
UPDATE doubles SET v = '{100.25,2}' WHERE id = 7;
SELECT id FROM doubles ORDER BY v::real[] <-> '{100.25,2}' LIMIT 3;
INSERT INTO doubles VALUES (1001, '{1e300,0}');
INSERT INTO doubles VALUES (1001, '{1,2,3}');
ALTER TABLE doubles ALTER COLUMN v TYPE real[];
SELECT indexdef FROM pg_indexes WHERE indexname = 'doubles_v';
EXPLAIN (COSTS OFF) SELECT id FROM doubles ORDER BY v <-> '{100.25,2}' LIMIT 3;
DROP TABLE doubles;
-- Rewritten for the sake of other columns
ALTER TABLE t ADD COLUMN stamp double precision DEFAULT random();
ALTER TABLE t ALTER COLUMN id TYPE bigint;
ALTER TABLE t ALTER COLUMN id SET DATA TYPE text USING 'number ' || id, ALTER COLUMN stamp TYPE real;
ALTER TABLE t SET (fillfactor = 50);
VACUUM FULL t;
SELECT id FROM t ORDER BY v <-> ARRAY[100.25, 2] LIMIT 3;
SELECT _lantern_internal.validate_index('t_v', false);
-- A dropped column takes the index along, and a whole-row filter does without what was dropped
ALTER TABLE t DROP COLUMN stamp;
SELECT t FROM t WHERE t IS NOT NULL ORDER BY v <-> ARRAY[100.25, 2] LIMIT 1;
ALTER TABLE t DROP COLUMN v;
SELECT count(*) FROM pg_class WHERE relname = 't_v';
DROP TABLE t;
-- Domains
CREATE DOMAIN embedding AS real[] CHECK (array_length(VALUE, 1) = 2);
CREATE TABLE d (id integer, v embedding);
INSERT INTO d SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 300) i;
CREATE INDEX d_v ON d USING hnsw (v) WITH (ef=400);
EXPLAIN (COSTS OFF) SELECT id FROM d ORDER BY v <-> ARRAY[100.25, 2] LIMIT 3;
SELECT id FROM d ORDER BY v <-> ARRAY[100.25, 2] LIMIT 3;
INSERT INTO d VALUES (301, '{1,2,3}');
DROP TABLE d;
DROP DOMAIN embedding;
-- Generated columns; a row that would get a vector of nulls is refused
CREATE TABLE g (id integer, x real, y real, v real[] GENERATED ALWAYS AS (ARRAY[x, y]) STORED);
CREATE INDEX g_v ON g USING hnsw (v) WITH (dim=2, ef=400);
INSERT INTO g SELECT i, i, i % 7 FROM generate_series(1, 300) i;
UPDATE g SET x = 100.25, y = 2 WHERE id = 7;
UPDATE g SET x = NULL, y = NULL WHERE id = 99;
SELECT id, v FROM g ORDER BY v <-> ARRAY[100.25, 2] LIMIT 3;
DROP TABLE g;
-- Vectors in the row, compressed, beside it, and moved between
CREATE FUNCTION wave(i integer) RETURNS real[] LANGUAGE sql IMMUTABLE AS $$ SELECT array_agg(((i * j) % 101)::real) FROM generate_series(1, 1000) j $$;
CREATE TABLE toasted (id integer, v real[]);
INSERT INTO toasted SELECT i, wave(i) FROM generate_series(1, 30) i;
CREATE INDEX toasted_v ON toasted USING hnsw (v) WITH (ef=400);
ALTER TABLE toasted ALTER COLUMN v SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT i, wave(i) FROM generate_series(31, 60) i;
ALTER TABLE toasted ALTER COLUMN v SET STORAGE MAIN;
INSERT INTO toasted SELECT i, wave(i) FROM generate_series(61, 90) i;
SELECT q, (SELECT id FROM toasted ORDER BY v <-> wave(q) LIMIT 1) AS nearest FROM unnest('{7,37,67}'::int[]) q;
UPDATE toasted SET id = id + 1000 WHERE id % 30 = 7;
VACUUM toasted;
REINDEX INDEX toasted_v;
SELECT q, (SELECT id FROM toasted ORDER BY v <-> wave(q) LIMIT 1) AS nearest FROM unnest('{7,37,67}'::int[]) q;
SELECT _lantern_internal.validate_index('toasted_v', false);
DROP TABLE toasted;
DROP FUNCTION wave;
