-- Order, completeness and plans of scans
CREATE TABLE t (id integer PRIMARY KEY, tag integer, v real[]);
SELECT setseed(0.5);
INSERT INTO t SELECT i, i % 100, ARRAY[random() * 100, random() * 100, (i % 10) * 10 + random()]::real[] FROM generate_series(1, 4000) i;
CREATE INDEX i ON t USING hnsw (v) WITH (dim=3, quant_bits=8);
VACUUM ANALYZE t;
CREATE FUNCTION compare(filter text, q real[], k integer) RETURNS TABLE (rows bigint, in_order boolean, found bigint) LANGUAGE plpgsql AS $$
DECLARE query text := format('SELECT id, v <-> %L::real[] AS d FROM t WHERE %s ORDER BY v <-> %L::real[] LIMIT %s', q, filter, q, k);
BEGIN
	SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off;
	DROP TABLE IF EXISTS by_index, by_sort;
	EXECUTE 'CREATE TEMP TABLE by_index AS SELECT row_number() OVER () AS rank, * FROM (' || query || ') x';
	SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on; SET LOCAL enable_indexscan = off;
	EXECUTE 'CREATE TEMP TABLE by_sort AS ' || query;
	SET LOCAL enable_indexscan = on;
	RETURN QUERY SELECT count(*), bool_and(d >= earlier IS NOT FALSE), count(*) FILTER (WHERE d <= (SELECT max(s.d) FROM by_sort s))
	FROM (SELECT *, lag(d) OVER (ORDER BY rank) AS earlier FROM by_index) x;
END $$;
SET client_min_messages = warning;
SELECT * FROM compare('true', '{50,50,50}', 10);
SELECT * FROM compare('true', '{50,50,50}', 1000);
SELECT * FROM compare('true', '{-500,50,1000}', 64);
SELECT * FROM compare('tag = 7', '{0,0,0}', 30);
SELECT * FROM compare('tag = 7', '{100,0,0}', 1000);
SELECT * FROM compare('false', '{0,0,0}', 10);
RESET client_min_messages;
SET enable_seqscan = off;
SET enable_sort = off;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM t ORDER BY v <-> '{1,2,3}') x;
-- the older settings exist too
SET hnsw.init_k = 3;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{1,2,3}' LIMIT 500) x;
RESET enable_sort;
RESET enable_seqscan;
-- The planner's choice
EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY v <-> '{1,2,3}' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM t WHERE id <> 70 ORDER BY v <-> '{1,2,3}' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY v <-> '{1,2,3}';
EXPLAIN (COSTS OFF) SELECT id FROM t WHERE id = 70 ORDER BY v <-> '{1,2,3}' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM t WHERE v <-> '{1,2,3}' < 5;
EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY v <-> '{1,2,3}' DESC LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY l2sq_dist(v, '{1,2,3}') LIMIT 10;
EXPLAIN (COSTS OFF) SELECT count(*) FROM t;
SET enable_seqscan = off;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{1,2,3}', v <-> '{4,5,6}' LIMIT 3) x;
RESET enable_seqscan;
CREATE TABLE tiny AS SELECT * FROM t LIMIT 20;
CREATE INDEX ON tiny USING hnsw (v);
ANALYZE tiny;
EXPLAIN (COSTS OFF) SELECT id FROM tiny ORDER BY v <-> '{1,2,3}' LIMIT 10;
-- A generic plan, a sub-select, a cursor, a lateral join
PREPARE nearest (real[]) AS SELECT id FROM t ORDER BY v <-> $1 LIMIT 1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE nearest ('{1,2,3}');
RESET plan_cache_mode;
SELECT id FROM t ORDER BY v <-> (SELECT v FROM t WHERE id = 1234) LIMIT 1;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t ORDER BY v <-> (SELECT v FROM t WHERE id = 77);
FETCH 1 FROM c;
MOVE 3998 FROM c;
FETCH 5 FROM c \g /dev/null
FETCH 1 FROM c;
COMMIT;
SET enable_seqscan = off;
SELECT a.id, b.id AS nearest FROM t a, LATERAL (SELECT id FROM t ORDER BY v <-> a.v LIMIT 1) b WHERE a.id <= 5 ORDER BY 1;
SELECT a.id, b.dist FROM t a, LATERAL (SELECT a.v <-> v AS dist FROM t ORDER BY dist LIMIT 1) b WHERE a.id <= 2 ORDER BY 1;
RESET enable_seqscan;
-- Empty, and one row
CREATE TABLE few (id integer, v real[]);
CREATE INDEX ON few USING hnsw (v) WITH (dim=2);
SET enable_seqscan = off;
SELECT id FROM few ORDER BY v <-> '{0,0}' LIMIT 5;
INSERT INTO few VALUES (1, '{3,4}');
SELECT id, v <-> '{0,0}' AS d FROM few ORDER BY v <-> '{0,0}' LIMIT 5;
DELETE FROM few;
VACUUM few;
SELECT id FROM few ORDER BY v <-> '{0,0}' LIMIT 5;
INSERT INTO few VALUES (2, '{0,1}');
SELECT id FROM few ORDER BY v <-> '{0,0}' LIMIT 5;
SELECT _lantern_internal.validate_index('few_v_idx', false);
DROP TABLE t, tiny, few;
DROP FUNCTION compare;
