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
-- where its library is gone, other things come and go, and so does the extension
UPDATE pg_proc SET probin = '/gone' WHERE probin = '$libdir/lantern';
SELECT l2sq_dist('{1}', '{2}');
CREATE EXTENSION IF NOT EXISTS plpgsql;
DROP EXTENSION IF EXISTS elsewhere;
CREATE SCHEMA elsewhere;
DROP SCHEMA elsewhere;
CREATE ROLE lantern_leaver;
DROP OWNED BY lantern_leaver;
DROP ROLE lantern_leaver;
DROP EXTENSION lantern;
CREATE EXTENSION lantern;
-- the access method name hnsw is given up, unless it is in use, and taken back with all that it had
CREATE FUNCTION members() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'lantern') $$;
CREATE TABLE members_before AS SELECT m FROM members() m;
CREATE TABLE t (v real[]);
INSERT INTO t VALUES ('{1,2}'), ('{3,4}');
CREATE INDEX t_v ON t USING hnsw (v);
\set SHOW_CONTEXT never
SELECT _lantern_internal.enable_pgvector();
\set SHOW_CONTEXT errors
DROP INDEX t_v;
SELECT _lantern_internal.enable_pgvector();
SELECT m FROM members_before EXCEPT SELECT m FROM members() m ORDER BY 1;
CREATE INDEX t_v ON t USING hnsw (v);
SELECT _lantern_internal.acquire_hnsw();
SELECT m AS differs FROM members_before FULL JOIN (SELECT m FROM members() m) x USING (m) WHERE members_before IS NULL OR x IS NULL;
CREATE INDEX t_v ON t USING hnsw (v);
SELECT amname, opcname, opcdefault FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod WHERE amname ~ 'hnsw' ORDER BY 1, 2;
SELECT _lantern_internal.acquire_hnsw();
DROP TABLE t, members_before;
-- an installation of the first release is brought up to date, and has what a new one has
CREATE TABLE members_new AS SELECT m FROM members() m;
DROP EXTENSION lantern;
CREATE EXTENSION lantern VERSION '0.1.0';
CREATE TABLE t (v real[]);
INSERT INTO t VALUES ('{1,2}'), ('{3,4}');
CREATE INDEX before ON t USING hnsw (v);
ALTER EXTENSION lantern UPDATE;
SELECT extversion = default_version AS up_to_date
FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname WHERE extname = 'lantern';
SELECT m AS differs FROM members_new FULL JOIN (SELECT m FROM members() m) x USING (m) WHERE members_new IS NULL OR x IS NULL;
SET enable_seqscan = off;
SELECT v FROM t ORDER BY v <-> '{3,3}';
SELECT _lantern_internal.validate_index('before', false);
CREATE INDEX after ON t USING hnsw (v dist_cos_ops);
SELECT v FROM t ORDER BY v <=> '{1,3}';
DROP TABLE t, members_new;
DROP FUNCTION members;
