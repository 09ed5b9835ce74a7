-- Index options and settings
-- What is set before the library is loaded holds, under either name
SET lantern_hnsw.ef = 123;
SET hnsw.init_k = 5;
LOAD 'lantern';
SHOW lantern_hnsw.ef;
SHOW hnsw.ef;
SHOW lantern_hnsw.init_k;
RESET lantern_hnsw.ef;
RESET hnsw.init_k;
CREATE TABLE t (v real[], w real[]);
INSERT INTO t VALUES ('{1,2,3}', '{1,2}');
CREATE INDEX i ON t USING hnsw (v) WITH (dim=3, m=8, ef_construction=32, ef=100, quant_bits=8);
SELECT reloptions FROM pg_class WHERE relname = 'i';
DROP INDEX i;
CREATE INDEX i ON t USING lantern_hnsw (v dist_l2sq_ops) WITH (DIM=3, M=4, Quant_Bits='32');
DROP INDEX i;
CREATE INDEX ON t USING hnsw (v) WITH (m=1);
CREATE INDEX ON t USING hnsw (v) WITH (m=129);
CREATE INDEX ON t USING hnsw (v) WITH (dim=0);
CREATE INDEX ON t USING hnsw (v) WITH (dim=8001);
CREATE INDEX ON t USING hnsw (v) WITH (ef=2001);
CREATE INDEX ON t USING hnsw (v) WITH (ef_construction=0);
CREATE INDEX ON t USING hnsw (v) WITH (quant_bits=4);
CREATE INDEX ON t USING hnsw (v) WITH (foo=1);
CREATE INDEX ON t USING hnsw (v) WITH (code_bits=3);
CREATE INDEX i ON t USING hnsw (v) WITH (code_bits=2);
SELECT _lantern_internal.validate_index('i', false);
DROP INDEX i;
-- Lantern's add-ons around the index
CREATE INDEX ON t USING hnsw (v) WITH (external=true);
CREATE INDEX ON t USING hnsw (v) WITH (pq=true);
CREATE INDEX i ON t USING hnsw (v) WITH (external=false, pq=false);
ALTER INDEX i SET (pq=true);
DROP INDEX i;
-- What does not fit a page
CREATE INDEX ON t USING hnsw (v) WITH (dim=5000);
CREATE INDEX ON t USING hnsw (v) WITH (dim=2500, quant_bits=32);
CREATE INDEX ON t USING hnsw (v) WITH (dim=8000, quant_bits=8, m=20);
CREATE TABLE large (v real[]);
CREATE INDEX ON large USING hnsw (v) WITH (dim=8000, quant_bits=8);
INSERT INTO large SELECT array_agg((i % 100)::real) FROM generate_series(1, 8000) i;
SELECT _lantern_internal.validate_index('large_v_idx', false);
-- Dimensions come from the first row that has a vector
CREATE INDEX inferred ON t USING hnsw (v);
INSERT INTO t VALUES ('{1,2}');
DROP INDEX inferred;
-- ef takes effect at once, the structure at REINDEX
CREATE INDEX i ON t USING hnsw (v) WITH (dim=3, m=4);
ALTER INDEX i SET (m=16, ef=200);
INSERT INTO t SELECT ARRAY[i, i % 7, i % 11]::real[] FROM generate_series(1, 300) i;
SELECT _lantern_internal.validate_index('i', false);
REINDEX INDEX i;
SELECT _lantern_internal.validate_index('i', false);
-- Settings
SHOW lantern_hnsw.ef;
SET lantern_hnsw.ef = 400;
SHOW lantern_hnsw.ef;
SHOW hnsw.ef;
SET hnsw.ef = 20;
SHOW lantern_hnsw.ef;
SET lantern_hnsw.ef = 2001;
SET lantern_hnsw.init_k = 0;
SHOW lantern_hnsw.init_k;
SET lantern_hnsw.foo = 1;
RESET lantern_hnsw.ef;
-- The setting works: a larger ef visits more pages
CREATE FUNCTION pages_touched(ef integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	PERFORM set_config('lantern_hnsw.ef', ef::text, true), set_config('enable_seqscan', 'off', true);
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT 1 FROM t ORDER BY v <-> ''{5,5,5}'' LIMIT 1' INTO plan;
	RETURN (plan->0->'Plan'->>'Shared Hit Blocks')::bigint + (plan->0->'Plan'->>'Shared Read Blocks')::bigint;
END $$;
SELECT pages_touched(10) * 2 < pages_touched(200) AS more_pages;
DROP TABLE t, large;
DROP FUNCTION pages_touched;
