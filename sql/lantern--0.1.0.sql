-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION lantern" to load this file. \quit

-- Distances

CREATE FUNCTION l2sq_dist(real[], real[]) RETURNS real
	AS 'MODULE_PATHNAME', 'lantern_l2sq_dist'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION l2sq_dist(real[], real[]) IS 'squared Euclidean distance';

CREATE OPERATOR <-> (
	LEFTARG = real[], RIGHTARG = real[], FUNCTION = @extschema@.l2sq_dist, COMMUTATOR = OPERATOR(@extschema@.<->)
);
COMMENT ON OPERATOR <-> (real[], real[]) IS 'squared Euclidean distance';

-- The access method, under Lantern's two names. The older one is pgvector's too, and whoever came first keeps it.

CREATE FUNCTION lantern_hnsw_handler(internal) RETURNS index_am_handler
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION lantern_hnsw_handler(internal) IS 'HNSW index access method handler';

CREATE ACCESS METHOD lantern_hnsw TYPE INDEX HANDLER @extschema@.lantern_hnsw_handler;
COMMENT ON ACCESS METHOD lantern_hnsw IS 'HNSW index for nearest-neighbour search';

CREATE OPERATOR CLASS dist_l2sq_ops DEFAULT FOR TYPE real[] USING lantern_hnsw AS
	OPERATOR 1 <-> (real[], real[]) FOR ORDER BY pg_catalog.float_ops,
	FUNCTION 1 l2sq_dist(real[], real[]);

DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_am WHERE amname OPERATOR(pg_catalog.=) 'hnsw') THEN
		-- CREATE EXTENSION hides notices unless they are asked for.
		PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);
		RAISE NOTICE 'access method "hnsw" already exists, use "lantern_hnsw" for indexes of this extension';
		PERFORM pg_catalog.set_config('client_min_messages', 'warning', true);
		RETURN;
	END IF;

	CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER @extschema@.lantern_hnsw_handler;
	COMMENT ON ACCESS METHOD hnsw IS 'HNSW index for nearest-neighbour search';

	CREATE OPERATOR CLASS dist_l2sq_ops DEFAULT FOR TYPE real[] USING hnsw AS
		OPERATOR 1 <-> (real[], real[]) FOR ORDER BY pg_catalog.float_ops,
		FUNCTION 1 l2sq_dist(real[], real[]);
END;
$$;

-- Internals

CREATE SCHEMA _lantern_internal;
GRANT USAGE ON SCHEMA _lantern_internal TO PUBLIC;

CREATE FUNCTION _lantern_internal.validate_index(index regclass, print_info boolean DEFAULT true) RETURNS void
	AS 'MODULE_PATHNAME', 'lantern_validate_index'
	LANGUAGE C STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _lantern_internal.validate_index(regclass, boolean)
	IS 'checks every page of an index, and raises an error when something is wrong';
