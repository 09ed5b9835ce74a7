-- The movie recommender notebook's statements, unchanged but for the data.
CREATE EXTENSION IF NOT EXISTS lantern;
CREATE TABLE movies (id integer, title text, genres text, vector real[]);
INSERT INTO movies (id, title, genres, vector)
SELECT i, 'Film ' || i, 'Drama',
	(SELECT array_agg((i % 40) / 10.0 + (i * j) % 97 / 97.0) FROM generate_series(1, 32) j)
FROM generate_series(1, 3883) i;
CREATE INDEX ON movies USING hnsw (vector dist_l2sq_ops) WITH (dim=32);
ANALYZE movies;
SELECT id, title, genres, array_length(vector, 1) FROM movies WHERE id = 70;
-- numeric literals, as drivers send them, and integers
EXPLAIN (COSTS OFF) SELECT id FROM movies WHERE id != 70 ORDER BY vector <-> ARRAY[0.5, 1.5, 2] LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM movies ORDER BY vector <-> ARRAY[1, 2, 3] LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM movies ORDER BY ARRAY[1, 2, 3] <-> vector LIMIT 10;
SET enable_seqscan = false;
CREATE TEMP TABLE found AS
SELECT id, title, genres FROM movies WHERE id != 70 ORDER BY vector <-> (SELECT vector FROM movies WHERE id = 70) LIMIT 10;
SET enable_seqscan = true;
SET enable_indexscan = false;
SELECT count(*) FROM found JOIN (
	SELECT id FROM movies WHERE id != 70 ORDER BY vector <-> (SELECT vector FROM movies WHERE id = 70) LIMIT 10
) exact USING (id);
DROP TABLE movies;
