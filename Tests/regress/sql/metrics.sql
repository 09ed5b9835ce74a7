-- The cosine and the Hamming distance
SET enable_seqscan = off;
CREATE FUNCTION wrong_ranks(kind text, query text) RETURNS TABLE (rows bigint, wrong bigint) LANGUAGE plpgsql AS $$
-- Ranks at which a scan of the index has another distance than exact search
BEGIN
	RETURN QUERY EXECUTE format('WITH found AS MATERIALIZED (SELECT %1$s AS d FROM m ORDER BY %1$s)
		SELECT count(*), count(*) FILTER (WHERE f.d IS DISTINCT FROM e.d)
		FROM (SELECT d, row_number() OVER () AS rank FROM found) f
		FULL JOIN (SELECT %1$s AS d, row_number() OVER (ORDER BY %1$s) AS rank FROM m) e USING (rank)',
		replace(kind, '$', quote_literal(query)));
END $$;
-- Directions close together, multiples of each other, opposite ones, huge and tiny ones, and none
CREATE TABLE m (id serial, v real[], b integer[]);
SELECT setseed(0.5);
INSERT INTO m (v) SELECT ARRAY[1 + random() / 100, 1, random() / 100, x]::real[] FROM generate_series(1, 300) i, LATERAL (SELECT random() + i * 0 AS x) y;
INSERT INTO m (v) SELECT ARRAY[v[1] * f, v[2] * f, v[3] * f, v[4] * f] FROM m, unnest('{-1,3,1e-30,1e37}'::real[]) f WHERE id <= 40;
INSERT INTO m (v) VALUES ('{0,0,0,0}'), ('{0,-0,0,0}'), ('{1e-44,1e-44,0,1e-45}'), (NULL);
UPDATE m SET b = (SELECT array_agg((x * 1000)::int) FROM unnest(v) x) WHERE id <= 300;
UPDATE m SET b = ARRAY[id % 16, id % 4, -1, 0] WHERE id > 300;
CREATE INDEX m_c16 ON m USING hnsw (v dist_cos_ops) WITH (ef=500);
EXPLAIN (COSTS OFF) SELECT id FROM m WHERE id <> 7 ORDER BY v <=> ARRAY[1, 1.01, 0, 0.5] LIMIT 3;
SELECT _lantern_internal.validate_index('m_c16');
DO $$
DECLARE
	bits integer;
	query text;
	result record;
BEGIN
	FOREACH bits IN ARRAY '{8,16,32}'::int[] LOOP
		EXECUTE format('DROP INDEX m_c16; CREATE INDEX m_c16 ON m USING lantern_hnsw (v dist_cos_ops) WITH (ef=500, quant_bits=%s)', bits);
		FOREACH query IN ARRAY ARRAY['{1,1,0,0.5}', '{-1,-1,0,-0.5}', '{1e-44,1e-44,0,1e-45}', '{3e38,3e38,0,3e38}', '{0,0,0,0}', '{0,0,0,1}'] LOOP
			SELECT * FROM wrong_ranks('v <=> $', query) INTO result;
			RAISE NOTICE '% bits, %: % rows, % wrong', bits, query, result.rows, result.wrong;
		END LOOP;
	END LOOP;
END $$;
-- A row of no direction is found by its like first, and comes after all within a right angle else
SELECT id IN (461, 462) AS zero, v <=> '{0,0,0,0}' AS distance FROM m ORDER BY v <=> '{0,0,0,0}' LIMIT 3;
-- Other operators and orders do not use the index
RESET enable_seqscan;
EXPLAIN (COSTS OFF) SELECT id FROM m ORDER BY v <-> '{1,1,0,0.5}' LIMIT 3;
EXPLAIN (COSTS OFF) SELECT id FROM m ORDER BY cos_dist(v, '{1,1,0,0.5}') LIMIT 3;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM m ORDER BY '{1,1,0,0.5}'::real[] <=> v LIMIT 3;
-- What an index of directions cannot take
INSERT INTO m (v) VALUES ('{1,NaN,0,0}');
INSERT INTO m (v) VALUES ('{1,2,3}');
SELECT id FROM m ORDER BY v <=> '{1,2,3}' LIMIT 1;
SELECT count(*) FROM (SELECT id FROM m ORDER BY v <=> '{NaN,2,3,4}') x;
-- Inserted, updated, deleted, vacuumed
INSERT INTO m (v) SELECT ARRAY[1, i, 0, 0] FROM generate_series(1, 50) i;
UPDATE m SET v = '{0,0,0,0}' WHERE id % 7 = 0 AND v IS NOT NULL;
DELETE FROM m WHERE id % 5 = 0;
VACUUM m;
INSERT INTO m (v) SELECT ARRAY[i, 1, 0, 0] FROM generate_series(1, 50) i;
SELECT _lantern_internal.validate_index('m_c16', false);
SELECT wrong FROM wrong_ranks('v <=> $', '{1,2,0,0}');
SELECT wrong FROM wrong_ranks('v <=> $', '{0,0,0,0}');
DROP INDEX m_c16;
-- Bits
CREATE INDEX m_b ON m USING hnsw (b dist_hamming_ops) WITH (dim=4, ef=500);
EXPLAIN (COSTS OFF) SELECT id FROM m ORDER BY b <+> '{1,2,3,4}' LIMIT 3;
SELECT wrong FROM wrong_ranks('b <+> $', '{1,2,3,4}');
SELECT wrong FROM wrong_ranks('b <+> $', '{-1,-1,-1,-1}');
SELECT b <+> '{3,3,-1,0}' AS distance, count(*) FROM (SELECT b FROM m ORDER BY b <+> '{3,3,-1,0}' LIMIT 100) x GROUP BY 1 ORDER BY 1;
INSERT INTO m (b) VALUES ('{1,2,3}');
INSERT INTO m (b) VALUES ('{1,2,3,NULL}');
SELECT id FROM m ORDER BY b <+> '{1,2,3}' LIMIT 1;
INSERT INTO m (b) VALUES ('{-2147483648,2147483647,0,1}');
SELECT b <+> '{2147483647,-2147483648,-1,-2}' AS distance FROM m ORDER BY b <+> '{-2147483648,2147483647,0,1}' LIMIT 1;
DELETE FROM m WHERE id % 3 = 0;
VACUUM m;
SELECT _lantern_internal.validate_index('m_b', false);
SELECT wrong FROM wrong_ranks('b <+> $', '{1,2,3,4}');
CREATE INDEX ON m USING hnsw (b dist_hamming_ops) WITH (dim=2500);
CREATE INDEX ON m USING hnsw (b);
CREATE INDEX ON m USING hnsw (v dist_hamming_ops);
CREATE INDEX ON m USING hnsw (b dist_cos_ops);
-- The dimensions of an emptied index of each
TRUNCATE m;
CREATE INDEX m_c ON m USING hnsw (v dist_cos_ops) WITH (dim=2);
INSERT INTO m (v, b) VALUES ('{3,4}', '{1,2,3,4}');
SELECT v <=> '{4,3}' AS distance FROM m ORDER BY v <=> '{4,3}';
DROP TABLE m;
DROP FUNCTION wrong_ranks;
