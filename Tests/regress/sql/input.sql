-- What the index does with vectors that it cannot take
CREATE TABLE t (id serial, v real[]);
CREATE INDEX ON t USING hnsw (v);
INSERT INTO t (v) VALUES (NULL);
CREATE INDEX ON t USING hnsw (v);
CREATE INDEX i ON t USING hnsw (v) WITH (dim=3);
INSERT INTO t (v) VALUES ('{1,2,3,4}');
INSERT INTO t (v) VALUES ('{}');
INSERT INTO t (v) VALUES ('{1,NULL,3}');
INSERT INTO t (v) VALUES ('{1,NaN,3}');
INSERT INTO t (v) VALUES ('{1,2,-Infinity}');
INSERT INTO t (v) VALUES ('{1,2,3}'), ('{{4},{5},{6}}'), ('[2:4]={7,8,9}'), ('{3e38,-3e38,3e38}'), ('{1e-40,0,-0}');
SELECT _lantern_internal.validate_index('i');
SET enable_seqscan = off;
SELECT id, v FROM t ORDER BY v <-> '{7,8,9}' LIMIT 2;
SELECT id FROM t ORDER BY v <-> '{7,8,9,10}' LIMIT 2;
SELECT id FROM t ORDER BY v <-> '{7,8}' LIMIT 2;
SELECT id FROM t ORDER BY v <-> '{7,8,NULL}' LIMIT 2;
-- A query without a distance finds all rows, in no order
SELECT count(*) FROM (SELECT id FROM t WHERE v IS NOT NULL ORDER BY v <-> NULL::real[]) x;
SET plan_cache_mode = force_generic_plan;
PREPARE q (real[]) AS SELECT count(*) FROM (SELECT id FROM t WHERE v IS NOT NULL ORDER BY v <-> $1 LIMIT 100) x;
EXPLAIN (COSTS OFF) EXECUTE q (NULL);
EXECUTE q (NULL);
EXECUTE q ('{NaN,1,2}');
EXECUTE q ('{Infinity,1,2}');
EXECUTE q ('{1,2,3}');
EXECUTE q ('{1,2}');
RESET plan_cache_mode;
RESET enable_seqscan;
-- At build
CREATE TABLE u (v real[]);
INSERT INTO u VALUES ('{1,2,3}'), ('{1,2}');
CREATE INDEX ON u USING hnsw (v);
TRUNCATE u;
INSERT INTO u VALUES ('{1,2,3}'), ('{1,NULL,3}');
CREATE INDEX ON u USING hnsw (v);
TRUNCATE u;
INSERT INTO u VALUES ('{1,2,3}'), ('{1,2,Infinity}');
CREATE INDEX ON u USING hnsw (v);
TRUNCATE u;
INSERT INTO u VALUES (NULL), ('{1,2,3}');
CREATE INDEX ON u USING hnsw (v);
INSERT INTO u VALUES ('{1,2}');
-- An expression that is null for the first row
TRUNCATE t;
DROP INDEX i;
INSERT INTO t (v) VALUES (NULL), ('{1,2,3}');
CREATE INDEX i ON t USING hnsw ((CASE WHEN v IS NOT NULL THEN v END));
CREATE INDEX ON t USING hnsw ((CASE WHEN false THEN v END));
-- What the access method does not do
CREATE UNIQUE INDEX ON t USING lantern_hnsw (v);
CREATE INDEX ON t USING lantern_hnsw (v, v);
CREATE INDEX ON t USING lantern_hnsw (v) INCLUDE (id);
CREATE INDEX ON t USING lantern_hnsw (v DESC);
CREATE INDEX ON t USING lantern_hnsw (id);
CREATE TABLE words (w text, n integer[]);
CREATE INDEX ON words USING lantern_hnsw (w);
CREATE INDEX ON words USING lantern_hnsw (n dist_l2sq_ops);
CLUSTER t USING i;
SELECT p, pg_indexam_has_property(am.oid, p) FROM pg_am am, unnest('{can_order,can_unique,can_multi_col,can_exclude,can_include}'::text[]) p
WHERE amname = 'lantern_hnsw';
SELECT p, pg_index_has_property('i', p) FROM unnest('{clusterable,index_scan,bitmap_scan,backward_scan}'::text[]) p;
SELECT p, pg_index_column_has_property('i', 1, p) FROM unnest('{orderable,distance_orderable,returnable,search_array,search_nulls}'::text[]) p;
SELECT _lantern_internal.validate_index('t');
SELECT _lantern_internal.validate_index('pg_class_oid_index');
DROP TABLE t, u, words;
