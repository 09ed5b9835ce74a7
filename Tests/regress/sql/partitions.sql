-- Indexes of partitioned tables: partitions that come with an index of their own, and go; the order across partitions
SET enable_seqscan = off;
CREATE TABLE parent (id integer, v real[]) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF parent FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF parent FOR VALUES FROM (100) TO (200) PARTITION BY LIST (id);
CREATE TABLE p2_even PARTITION OF p2 DEFAULT;
CREATE TABLE p3 PARTITION OF parent DEFAULT;
-- rows of all partitions alternate by their distance
CREATE FUNCTION place(id integer) RETURNS real[] LANGUAGE sql IMMUTABLE AS $$ SELECT ARRAY[id % 100, (id / 100) * 0.2, 1]::real[] $$;
INSERT INTO parent SELECT i, place(i) FROM generate_series(0, 399) i;
CREATE FUNCTION out_of_order() RETURNS TABLE (rows bigint, wrong bigint) LANGUAGE sql AS $$
	WITH found AS MATERIALIZED (SELECT id FROM parent ORDER BY v <-> '{20.25,0,1}')
	SELECT count(f.id), count(*) FILTER (WHERE f.id IS DISTINCT FROM e.id) FROM (SELECT id, row_number() OVER () AS n FROM found) f
	FULL JOIN (SELECT id, row_number() OVER (ORDER BY l2sq_dist(v, '{20.25,0,1}')) AS n FROM parent) e USING (n) $$;
-- An index of the parent alone is not valid until each partition's is attached
CREATE INDEX parent_v ON ONLY parent USING hnsw (v) WITH (dim=3, ef=500);
CREATE INDEX CONCURRENTLY p1_v ON p1 USING lantern_hnsw (v) WITH (quant_bits=8, ef=500);
ALTER INDEX parent_v ATTACH PARTITION p1_v;
CREATE INDEX CONCURRENTLY p1_v ON p1 USING hnsw (v) WITH (quant_bits=8, ef=500);
DROP INDEX p1_v;
CREATE INDEX CONCURRENTLY p1_v ON p1 USING hnsw (v) WITH (quant_bits=8, ef=500);
ALTER INDEX parent_v ATTACH PARTITION p1_v;
SELECT indisvalid FROM pg_index WHERE indexrelid = 'parent_v'::regclass;
CREATE INDEX p2_v ON p2 USING hnsw (v) WITH (dim=3, ef=500, m=8);
CREATE INDEX p3_v ON p3 USING hnsw (v) WITH (ef=500, quant_bits=32);
ALTER INDEX parent_v ATTACH PARTITION p2_v;
ALTER INDEX parent_v ATTACH PARTITION p3_v;
SELECT indisvalid FROM pg_index WHERE indexrelid = 'parent_v'::regclass;
ANALYZE parent;
EXPLAIN (COSTS OFF) SELECT id FROM parent ORDER BY v <-> '{20.25,0,1}' LIMIT 3;
SELECT id FROM parent ORDER BY v <-> '{20.25,0,1}' LIMIT 8;
SELECT * FROM out_of_order();
-- partitions left out by the planner, and when the plan runs
EXPLAIN (COSTS OFF) SELECT id FROM parent WHERE id < 150 ORDER BY v <-> '{20.25,0,1}' LIMIT 3;
SELECT id FROM parent WHERE id < 150 ORDER BY v <-> '{20.25,0,1}' LIMIT 5;
PREPARE near (integer, real[]) AS SELECT id FROM parent WHERE id < $1 ORDER BY v <-> $2 LIMIT 4;
SET plan_cache_mode = force_generic_plan;
EXECUTE near (250, '{20.25,0,1}');
EXECUTE near (50, '{49.25,0,1}');
EXECUTE near (50, NULL) \g /dev/null
DEALLOCATE near;
RESET plan_cache_mode;
SELECT a.id, array(SELECT id FROM parent b WHERE b.id <> a.id ORDER BY b.v <-> a.v LIMIT 2) FROM parent a WHERE a.id IN (7, 310) ORDER BY 1;
-- written to through the parent: rows that move, go, and are refused
UPDATE parent SET id = id + 300, v = place(id + 300) WHERE id BETWEEN 50 AND 99;
SELECT * FROM out_of_order();
DELETE FROM parent WHERE id % 7 = 0;
VACUUM parent;
SELECT * FROM out_of_order();
TRUNCATE p3;
SELECT * FROM out_of_order();
INSERT INTO parent SELECT i, place(i) FROM generate_series(200, 299) i;
INSERT INTO parent VALUES (150, '{1,2}');
INSERT INTO parent VALUES (500, '{1,2}');
SELECT * FROM out_of_order();
-- rebuilt
REINDEX INDEX parent_v;
REINDEX TABLE CONCURRENTLY parent;
SELECT * FROM out_of_order();
SELECT relname, _lantern_internal.validate_index(oid, false) FROM pg_class WHERE relname ~ '^p(1|2_.*|3)_v' AND relkind = 'i' ORDER BY 1;
-- an index of the parent is checked as those of all partitions, also of theirs
SELECT _lantern_internal.validate_index('parent_v');
SELECT _lantern_internal.validate_index('p2_v');
SELECT _lantern_internal.validate_index('parent_v', false);
CREATE INDEX parent_id ON parent (id);
SELECT _lantern_internal.validate_index('parent_id');
DROP INDEX parent_id;
SELECT _lantern_internal.validate_index('parent');
-- a partition goes with its index, and comes back with it: no other is made
ALTER TABLE parent DETACH PARTITION p3;
ALTER TABLE parent DETACH PARTITION p1 CONCURRENTLY;
SELECT * FROM out_of_order();
SELECT id FROM p1 ORDER BY v <-> '{20.25,0,1}' LIMIT 2;
INSERT INTO p1 VALUES (14, place(14));
ALTER TABLE parent ATTACH PARTITION p1 FOR VALUES FROM (0) TO (100);
SELECT count(*) FROM pg_index WHERE indrelid = 'p1'::regclass;
SELECT * FROM out_of_order();
-- one with an index for another distance gets a second
CREATE TABLE p4 (LIKE parent);
INSERT INTO p4 SELECT i, place(i) FROM generate_series(400, 499) i;
CREATE INDEX p4_cos ON p4 USING hnsw (v dist_cos_ops) WITH (dim=3);
ALTER TABLE parent ATTACH PARTITION p4 FOR VALUES FROM (400) TO (500);
SELECT indexdef FROM pg_indexes WHERE tablename = 'p4' ORDER BY 1;
SELECT * FROM out_of_order();
-- and one whose vectors do not fit is refused
CREATE TABLE p5 (LIKE parent);
INSERT INTO p5 VALUES (500, '{1,2}');
ALTER TABLE parent ATTACH PARTITION p5 FOR VALUES FROM (500) TO (600);
-- A parent's index without dim needs rows in every partition
DROP INDEX parent_v;
CREATE INDEX parent_v ON parent USING hnsw (v) WITH (ef=500);
CREATE TABLE p6 PARTITION OF parent FOR VALUES FROM (600) TO (700);
DROP INDEX parent_v;
CREATE TABLE p6 PARTITION OF parent FOR VALUES FROM (600) TO (700);
CREATE INDEX parent_v ON parent USING hnsw (v) WITH (ef=500);
DROP TABLE parent, p3, p5;
DROP FUNCTION place, out_of_order;
