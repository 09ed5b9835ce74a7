-- the extension comes and goes
DROP EXTENSION lantern;
SELECT count(*) FROM pg_am WHERE amname LIKE '%hnsw%';
CREATE SCHEMA elsewhere;
CREATE EXTENSION lantern WITH SCHEMA elsewhere;
CREATE TABLE t (v real[]);
INSERT INTO t VALUES ('{1,2}'), ('{3,4}');
CREATE INDEX ON t USING hnsw (v);
SELECT v FROM t ORDER BY v OPERATOR(elsewhere.<->) '{3,3}' LIMIT 1;
DROP TABLE t;
DROP EXTENSION lantern;
DROP SCHEMA elsewhere;
-- beside an access method that has taken the name
CREATE FUNCTION other_handler(internal) RETURNS index_am_handler LANGUAGE internal AS 'bthandler';
CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER other_handler;
CREATE EXTENSION lantern;
CREATE TABLE t (v real[]);
CREATE INDEX ON t USING lantern_hnsw (v) WITH (dim=2);
DROP TABLE t;
DROP ACCESS METHOD hnsw;
DROP FUNCTION other_handler;
DROP EXTENSION lantern;
CREATE EXTENSION lantern;
