-- What Lantern's notebooks and demos do beyond the movie recommender, on invented data
CREATE FUNCTION embedding(i integer, dimensions integer) RETURNS real[] LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg(((i * 7919 + j * j * 31 + (i % 13) * j) % 1000 / 1000.0)::real) FROM generate_series(1, dimensions) j $$;
CREATE FUNCTION literal(v real[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'ARRAY[' || array_to_string(v, ',') || ']' $$;
-- Quickstart: a length in the type, which PostgreSQL ignores, the default operator class, capital option names
CREATE TABLE small_world (id integer, vector real[3]);
INSERT INTO small_world (id, vector) VALUES (0, '{0, 0, 0}');
INSERT INTO small_world (id, vector) VALUES (1, ARRAY[0,0,1]), (2, ARRAY[0,1,1]), (3, ARRAY[1,1,1]), (4, ARRAY[2,0,1]);
CREATE INDEX ON small_world USING lantern_hnsw (vector);
DROP INDEX small_world_vector_idx;
CREATE INDEX ON small_world USING lantern_hnsw (vector dist_l2sq_ops) WITH (M=2, ef_construction=10, ef=4, dim=3);
SET enable_seqscan = false;
EXPLAIN (COSTS OFF) SELECT id, l2sq_dist(vector, ARRAY[0,0,0]) AS dist, vector FROM small_world ORDER BY vector <-> ARRAY[0,0,0] LIMIT 3;
SELECT id, l2sq_dist(vector, ARRAY[0,0,0]) AS dist, vector FROM small_world ORDER BY vector <-> ARRAY[0,0,0] LIMIT 3;
-- The ruby, javascript and java quickstarts' nearest neighbours of every row
SELECT forall.id, nearest.id AS near, nearest.dist FROM small_world forall CROSS JOIN LATERAL
	(SELECT id, forall.vector <-> vector AS dist FROM small_world WHERE id <> forall.id ORDER BY dist LIMIT 1) nearest ORDER BY 1;
-- Question answering, with and without hypothetical answers; reverse video search: 768 dimensions
CREATE TABLE questions_answers (id integer, question text, answer text, vector real[]);
INSERT INTO questions_answers SELECT i, 'question ' || i, 'answer ' || i, embedding(i, 768) FROM generate_series(1, 300) i;
CREATE INDEX ON questions_answers USING hnsw (vector dist_l2sq_ops) WITH (dim=768);
\set ECHO none
SELECT 'SELECT question AS similar_question, answer FROM questions_answers ORDER BY vector <-> ' || literal(embedding(17, 768)) || ' LIMIT 1' \gexec
\set ECHO all
-- Reverse image search: 1,280 dimensions, another distance shown than searched by
CREATE TABLE images_search (id serial PRIMARY KEY, path text, vector real[]);
INSERT INTO images_search (path, vector) SELECT 'train/' || i, embedding(i, 1280) FROM generate_series(1, 100) i;
CREATE INDEX ON images_search USING lantern_hnsw (vector dist_l2sq_ops) WITH (dim=1280);
\set ECHO none
SELECT 'SELECT path, cos_dist(vector, ' || literal(v) || ') AS dist FROM images_search ORDER BY vector <-> ' || literal(v) || ' LIMIT 1' FROM embedding(5, 1280) v \gexec
\set ECHO all
-- Semantic search, weather prediction, WikiSearch, dogs: the cosine distance
CREATE TABLE questions (id serial PRIMARY KEY, content text, vector real[]);
INSERT INTO questions (content, vector) SELECT 'question ' || i, embedding(i, 384) FROM generate_series(1, 300) i;
CREATE INDEX ON questions USING lantern_hnsw (vector dist_cos_ops) WITH (dim=384);
\set ECHO none
SELECT 'SELECT content, cos_dist(vector, ' || literal(v) || ') AS dist FROM questions ORDER BY vector <=> ' || literal(v) || ' LIMIT 1' FROM embedding(99, 384) v \gexec
\set ECHO all
CREATE TABLE weather_data (id serial PRIMARY KEY, datetime text, vector real[]);
INSERT INTO weather_data (datetime, vector) SELECT i::text, embedding(i, 14) FROM generate_series(1, 500) i;
CREATE INDEX ON weather_data USING lantern_hnsw (vector dist_cos_ops) WITH (dim=14);
EXPLAIN (COSTS OFF) SELECT datetime FROM weather_data ORDER BY vector <=> ARRAY[1.5,2,3,4,5,6,7,8,9,10,11,12,13,14] LIMIT 1;
SELECT datetime FROM weather_data ORDER BY vector <=> (SELECT vector FROM weather_data WHERE id = 7) LIMIT 1;
-- Some of them were written when <-> meant the index's own distance: it is the squared Euclidean one, and does without their index
SELECT datetime FROM weather_data ORDER BY vector <-> (SELECT vector FROM weather_data WHERE id = 7) LIMIT 1;
-- Deduplication by clustering: the neighbours of each text, ordered by an alias
EXPLAIN (COSTS OFF) SELECT a.id, b.id FROM questions a CROSS JOIN LATERAL
	(SELECT id, a.vector <=> b.vector AS dist FROM questions b WHERE b.id <> a.id ORDER BY dist LIMIT 5) b WHERE a.id = 7 AND b.dist < 0.1;
SELECT count(*) > 0 AS pairs FROM questions a CROSS JOIN LATERAL
	(SELECT id, a.vector <=> b.vector AS dist FROM questions b WHERE b.id <> a.id ORDER BY dist LIMIT 5) b WHERE b.dist < 0.1;
-- Filtered search: partial indexes on tags, bytes as the stored form, a larger ef
CREATE TABLE yfcc (id integer, tags integer[], vector real[]);
INSERT INTO yfcc SELECT i, ARRAY[i % 3, i % 10], embedding(i, 192) FROM generate_series(1, 1000) i;
CREATE INDEX ON yfcc USING lantern_hnsw (vector) WITH (quant_bits=8) WHERE tags @> ARRAY[7];
ANALYZE yfcc;
SET lantern_hnsw.ef = 400;
EXPLAIN (COSTS OFF) SELECT id FROM yfcc WHERE tags @> ARRAY[7] ORDER BY vector <-> array_fill(0.5::real, '{192}') LIMIT 5;
SELECT bool_and(tags @> ARRAY[7]), count(*), min(id) FILTER (WHERE n = 1) AS nearest
FROM (SELECT *, row_number() OVER () AS n FROM (SELECT * FROM yfcc WHERE tags @> ARRAY[7] ORDER BY vector <-> (SELECT vector FROM yfcc WHERE id = 17) LIMIT 50) x) y;
RESET lantern_hnsw.ef;
DROP TABLE small_world, questions_answers, images_search, questions, weather_data, yfcc;
DROP FUNCTION embedding, literal;
