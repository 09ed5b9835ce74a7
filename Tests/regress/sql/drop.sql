-- The extension goes, with what was made by it and nothing else, and leaves nothing behind
CREATE FUNCTION left_behind() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE probin LIKE '%lantern%' OR proname ~ '^(l2sq|cos|hamming)_dist$'
	UNION ALL SELECT 'access method ' || amname FROM pg_am WHERE amname ~ 'hnsw'
	UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname ~ '^_lantern'
	UNION ALL SELECT 'operator ' || oid::regoperator FROM pg_operator WHERE oprname IN ('<->', '<=>', '<+>', '<?>') AND oid >= 16384
	UNION ALL SELECT 'operator class ' || opcname FROM pg_opclass WHERE opcname LIKE 'dist_%'
	UNION ALL SELECT 'operator family ' || opfname FROM pg_opfamily WHERE opfname LIKE 'dist_%'
	UNION ALL SELECT 'cast ' || oid FROM pg_cast WHERE oid >= 16384
	UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger WHERE evtname ~ 'lantern' $$;
SELECT count(*) > 10 AS something FROM left_behind();
CREATE TABLE t (id integer, v real[], near boolean GENERATED ALWAYS AS (l2sq_dist(v, '{0,0}') < 100) STORED);
INSERT INTO t SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 300) i;
CREATE INDEX t_v ON t USING hnsw (v) WITH (dim=2);
CREATE INDEX t_cos ON t USING lantern_hnsw (v dist_cos_ops) WITH (dim=2) WHERE id > 5;
CREATE INDEX t_id ON t (id);
CREATE INDEX t_dist ON t (l2sq_dist(v, '{1,1}'));
CREATE VIEW ordered AS SELECT id FROM t ORDER BY v <-> '{1,2}';
CREATE TABLE parts (id integer, v real[]) PARTITION BY HASH (id);
CREATE TABLE part PARTITION OF parts FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE INDEX parts_v ON parts USING hnsw (v) WITH (dim=2);
-- Parts of it cannot be dropped alone, and it cannot be moved
DROP OPERATOR <-> (real[], real[]);
DROP ACCESS METHOD lantern_hnsw;
DROP OPERATOR CLASS dist_l2sq_ops USING hnsw;
DROP SCHEMA _lantern_internal;
ALTER EXTENSION lantern SET SCHEMA pg_temp;
-- Its users keep it, unless they are to go with it
\set VERBOSITY terse
DROP EXTENSION lantern;
SET client_min_messages = warning;
DROP EXTENSION lantern CASCADE;
RESET client_min_messages;
\set VERBOSITY default
SELECT * FROM left_behind();
SELECT relname, relkind FROM pg_class WHERE relname ~ '^(t|t_.*|ordered|parts?|parts?_v.*)$' AND relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT count(*), sum(id) FROM t;
INSERT INTO t VALUES (1000, '{1,2}');
VACUUM t;
SELECT v <-> '{1,2}' FROM t LIMIT 1;
CREATE INDEX ON t USING hnsw (v);
-- Settings stay in the session that has loaded the library, and do no harm
SET lantern_hnsw.ef = 7;
RESET lantern_hnsw.ef;
-- It comes back, is rolled back, and comes again
BEGIN;
CREATE EXTENSION lantern;
ROLLBACK;
SELECT * FROM left_behind();
BEGIN;
CREATE EXTENSION lantern;
CREATE INDEX t_v ON t USING hnsw (v);
DROP EXTENSION lantern CASCADE;
ROLLBACK;
CREATE EXTENSION lantern;
CREATE INDEX t_v ON t USING hnsw (v) WITH (ef=400);
SET enable_seqscan = off;
SELECT id FROM t ORDER BY v <-> '{100.25,2}' LIMIT 3;
-- Dropping a table, a schema and an owner drops their indexes
CREATE SCHEMA drawer CREATE TABLE w (v real[]);
CREATE INDEX w_v ON drawer.w USING hnsw (v) WITH (dim=2);
DROP SCHEMA drawer CASCADE;
CREATE ROLE lantern_leaver;
ALTER TABLE t OWNER TO lantern_leaver;
DROP OWNED BY lantern_leaver;
DROP ROLE lantern_leaver;
SELECT count(*) FROM pg_class JOIN pg_am a ON a.oid = relam WHERE amname ~ 'hnsw';
DROP TABLE parts;
DROP FUNCTION left_behind;
