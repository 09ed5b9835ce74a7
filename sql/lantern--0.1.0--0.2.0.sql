-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "ALTER EXTENSION lantern UPDATE" to load this file. \quit

-- Distances

CREATE FUNCTION cos_dist(real[], real[]) RETURNS real
	AS 'MODULE_PATHNAME', 'lantern_cos_dist'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cos_dist(real[], real[]) IS 'cosine distance';

CREATE OPERATOR <=> (
	LEFTARG = real[], RIGHTARG = real[], FUNCTION = @extschema@.cos_dist, COMMUTATOR = OPERATOR(@extschema@.<=>)
);
COMMENT ON OPERATOR <=> (real[], real[]) IS 'cosine distance';

CREATE FUNCTION hamming_dist(integer[], integer[]) RETURNS integer
	AS 'MODULE_PATHNAME', 'lantern_hamming_dist'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hamming_dist(integer[], integer[]) IS 'number of differing bits';

CREATE OPERATOR <+> (
	LEFTARG = integer[], RIGHTARG = integer[], FUNCTION = @extschema@.hamming_dist, COMMUTATOR = OPERATOR(@extschema@.<+>)
);
COMMENT ON OPERATOR <+> (integer[], integer[]) IS 'number of differing bits';

CREATE FUNCTION _lantern_internal.make_class(am name, class name, type text, members text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made CONSTANT text := 'SELECT c.oid FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod
		WHERE a.amname = $1 AND c.opcname = $2 AND c.opcnamespace = ''@extschema@''::regnamespace';
	class_oid oid;
BEGIN
	EXECUTE made INTO class_oid USING am, class;
	IF class_oid IS NOT NULL THEN
		RETURN;
	END IF;
	EXECUTE format('CREATE OPERATOR CLASS @extschema@.%I %s USING %I AS %s', class, type, am, members);
	EXECUTE made INTO class_oid USING am, class;
	-- What an extension's own script makes belongs to it already.
	IF NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_opclass'::regclass AND objid = class_oid AND deptype = 'e') THEN
		EXECUTE format('ALTER EXTENSION lantern ADD OPERATOR FAMILY @extschema@.%I USING %I', class, am);
		EXECUTE format('ALTER EXTENSION lantern ADD OPERATOR CLASS @extschema@.%I USING %I', class, am);
	END IF;
END;
$$;
COMMENT ON FUNCTION _lantern_internal.make_class(name, name, text, text) IS 'makes an operator class of the extension, if it is not there';

CREATE FUNCTION _lantern_internal.make_classes(am name) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp AS $$
	SELECT _lantern_internal.make_class(am, 'dist_l2sq_ops', 'DEFAULT FOR TYPE real[]',
		'OPERATOR 1 @extschema@.<-> (real[], real[]) FOR ORDER BY pg_catalog.float_ops,
		FUNCTION 1 @extschema@.l2sq_dist(real[], real[])');
	SELECT _lantern_internal.make_class(am, 'dist_cos_ops', 'FOR TYPE real[]',
		'OPERATOR 1 @extschema@.<=> (real[], real[]) FOR ORDER BY pg_catalog.float_ops,
		FUNCTION 1 @extschema@.cos_dist(real[], real[])');
	SELECT _lantern_internal.make_class(am, 'dist_hamming_ops', 'FOR TYPE integer[]',
		'OPERATOR 1 @extschema@.<+> (integer[], integer[]) FOR ORDER BY pg_catalog.integer_ops,
		FUNCTION 1 @extschema@.hamming_dist(integer[], integer[])');
$$;
COMMENT ON FUNCTION _lantern_internal.make_classes(name) IS 'makes the operator classes of an access method of the extension';

-- For lantern_hnsw, and hnsw where it is not pgvector's
SELECT _lantern_internal.make_classes(amname) FROM pg_catalog.pg_am
WHERE amhandler OPERATOR(pg_catalog.=) (SELECT amhandler FROM pg_catalog.pg_am WHERE amname OPERATOR(pg_catalog.=) 'lantern_hnsw');

-- The operator of Lantern's first versions, whose meaning an index gave it

CREATE FUNCTION _lantern_internal.deprecated_operator(real[], real[]) RETURNS real
	AS 'MODULE_PATHNAME', 'lantern_deprecated_operator'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _lantern_internal.deprecated_operator(integer[], integer[]) RETURNS integer
	AS 'MODULE_PATHNAME', 'lantern_deprecated_operator'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR <?> (LEFTARG = real[], RIGHTARG = real[], FUNCTION = _lantern_internal.deprecated_operator);
CREATE OPERATOR <?> (LEFTARG = integer[], RIGHTARG = integer[], FUNCTION = _lantern_internal.deprecated_operator);
COMMENT ON OPERATOR <?> (real[], real[]) IS 'deprecated, raises an error';
COMMENT ON OPERATOR <?> (integer[], integer[]) IS 'deprecated, raises an error';

-- Beside pgvector: its type vector gets operator classes for lantern_hnsw, and the name hnsw is its own as long as it is there.
-- All of it happens by itself, whichever extension comes first, and can be asked for by enable_pgvector() and acquire_hnsw().
--
-- Nothing here needs the shared library until pgvector is created or dropped: where the library is gone, other extensions and schemas
-- can still be created and dropped, and so can this one.

CREATE FUNCTION _lantern_internal.release_hnsw() RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	family record;
	users text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_am a JOIN pg_am ours USING (amhandler) WHERE a.amname = 'hnsw' AND ours.amname = 'lantern_hnsw') THEN
		RETURN;
	END IF;
	SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid) INTO users
		FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'hnsw';
	IF users IS NOT NULL THEN
		RAISE 'pgvector needs the access method name "hnsw", which indexes of this database use'
			USING ERRCODE = 'object_in_use', DETAIL = format('They are %s.', users), HINT = 'Create them anew USING lantern_hnsw.';
	END IF;
	FOR family IN SELECT f.oid, c.oid AS class, n.nspname, f.opfname, c.opcname
		FROM pg_opfamily f JOIN pg_am a ON a.oid = f.opfmethod JOIN pg_namespace n ON n.oid = f.opfnamespace
			JOIN pg_opclass c ON c.opcfamily = f.oid
		WHERE a.amname = 'hnsw'
	LOOP
		EXECUTE format('ALTER EXTENSION lantern DROP OPERATOR CLASS %I.%I USING hnsw', family.nspname, family.opcname);
		EXECUTE format('ALTER EXTENSION lantern DROP OPERATOR FAMILY %I.%I USING hnsw', family.nspname, family.opfname);
		EXECUTE format('DROP OPERATOR FAMILY %I.%I USING hnsw', family.nspname, family.opfname);
	END LOOP;
	ALTER EXTENSION lantern DROP ACCESS METHOD hnsw;
	DROP ACCESS METHOD hnsw;
END;
$$;
COMMENT ON FUNCTION _lantern_internal.release_hnsw() IS 'leaves the access method name hnsw to pgvector; an error if an index uses it';

CREATE FUNCTION _lantern_internal.acquire_hnsw() RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_am WHERE amname = 'hnsw') THEN
		CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER @extschema@.lantern_hnsw_handler;
		COMMENT ON ACCESS METHOD hnsw IS 'HNSW index for nearest-neighbour search';
		ALTER EXTENSION lantern ADD ACCESS METHOD hnsw;
		PERFORM _lantern_internal.make_classes('hnsw');
	END IF;
	ALTER EVENT TRIGGER lantern_after_drop DISABLE;
END;
$$;
COMMENT ON FUNCTION _lantern_internal.acquire_hnsw() IS 'makes the access method hnsw with its operator classes, if the name is free';

CREATE FUNCTION _lantern_internal.enable_pgvector() RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	theirs name;
BEGIN
	SELECT n.nspname INTO theirs FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector';
	IF theirs IS NULL THEN
		PERFORM _lantern_internal.release_hnsw();
		RETURN;
	END IF;
	-- Our function only tells the index the metric: the distances that a scan's order follows are pgvector's.
	PERFORM _lantern_internal.make_class('lantern_hnsw', name, format('FOR TYPE %I.vector', theirs),
		format('OPERATOR 1 %1$I.%2$s (%1$I.vector, %1$I.vector) FOR ORDER BY pg_catalog.float_ops,
			FUNCTION 1 (%1$I.vector, %1$I.vector) @extschema@.%3$I(real[], real[])', theirs, operator, distance))
	FROM (VALUES ('dist_vec_l2sq_ops', '<->', 'l2sq_dist'), ('dist_vec_cos_ops', '<=>', 'cos_dist')) v (name, operator, distance);
	ALTER EVENT TRIGGER lantern_before_drop ENABLE;
	ALTER EVENT TRIGGER lantern_after_drop ENABLE;
END;
$$;
COMMENT ON FUNCTION _lantern_internal.enable_pgvector() IS 'makes the operator classes for pgvector''s type vector, if they are not there';

CREATE FUNCTION _lantern_internal.disable_pgvector(behaviour text DEFAULT 'RESTRICT') RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	family text;
BEGIN
	FOR family IN SELECT format('%I.%I', n.nspname, f.opfname)
		FROM pg_opfamily f JOIN pg_am a ON a.oid = f.opfmethod JOIN pg_namespace n ON n.oid = f.opfnamespace
		WHERE a.amname = 'lantern_hnsw' AND f.opfname IN ('dist_vec_l2sq_ops', 'dist_vec_cos_ops')
			AND f.opfnamespace = '@extschema@'::regnamespace
	LOOP
		EXECUTE format('ALTER EXTENSION lantern DROP OPERATOR CLASS %s USING lantern_hnsw', family);
		EXECUTE format('ALTER EXTENSION lantern DROP OPERATOR FAMILY %s USING lantern_hnsw', family);
		EXECUTE format('DROP OPERATOR FAMILY %s USING lantern_hnsw ', family)
			|| CASE upper(behaviour) WHEN 'CASCADE' THEN 'CASCADE' ELSE 'RESTRICT' END;
	END LOOP;
	ALTER EVENT TRIGGER lantern_before_drop DISABLE;
END;
$$;
COMMENT ON FUNCTION _lantern_internal.disable_pgvector(text) IS 'drops the operator classes for pgvector''s type vector';

REVOKE EXECUTE ON FUNCTION _lantern_internal.make_class(name, name, text, text), _lantern_internal.make_classes(name),
	_lantern_internal.release_hnsw(), _lantern_internal.acquire_hnsw(), _lantern_internal.enable_pgvector(),
	_lantern_internal.disable_pgvector(text) FROM PUBLIC;

-- pgvector has an access method hnsw from 0.5 on. Where such a version is and the name is ours, its script is running.
CREATE FUNCTION _lantern_internal.before_access_method() RETURNS event_trigger LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_extension WHERE extname = 'vector' AND extversion !~ '^0\.[0-4](\.|$)')
		AND has_function_privilege('_lantern_internal.release_hnsw()', 'EXECUTE')
	THEN
		PERFORM _lantern_internal.release_hnsw();
	END IF;
END;
$$;
CREATE EVENT TRIGGER lantern_before_access_method ON ddl_command_start WHEN TAG IN ('CREATE ACCESS METHOD')
	EXECUTE FUNCTION _lantern_internal.before_access_method();

CREATE FUNCTION _lantern_internal.pgvector_created() RETURNS void
	AS 'MODULE_PATHNAME', 'lantern_pgvector_created'
	LANGUAGE C SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION _lantern_internal.pgvector_created() IS 'does what enable_pgvector() does, for the owner of pgvector';

CREATE FUNCTION _lantern_internal.after_extension() RETURNS event_trigger LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- With CASCADE, it may have been created because the one in the command needs it.
	IF EXISTS (
		WITH RECURSIVE created (oid) AS (
			SELECT objid FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_extension'::regclass
			UNION SELECT d.refobjid FROM created JOIN pg_depend d ON d.objid = created.oid
				WHERE d.classid = 'pg_extension'::regclass AND d.refclassid = 'pg_extension'::regclass)
		SELECT FROM created JOIN pg_extension e USING (oid) WHERE e.extname = 'vector')
	THEN
		BEGIN
			PERFORM _lantern_internal.pgvector_created();
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING 'pgvector''s type got no operator classes of lantern'
				USING DETAIL = SQLERRM, HINT = 'SELECT _lantern_internal.enable_pgvector() makes them.';
		END;
	END IF;
END;
$$;
CREATE EVENT TRIGGER lantern_after_extension ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION')
	EXECUTE FUNCTION _lantern_internal.after_extension();

-- Only C sees what a command is going to drop. As long as there is no operator class for pgvector's type, nobody need look.
CREATE FUNCTION _lantern_internal.extension_event() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'lantern_extension_event'
	LANGUAGE C SET search_path = pg_catalog, pg_temp;
CREATE EVENT TRIGGER lantern_before_drop ON ddl_command_start WHEN TAG IN ('DROP EXTENSION', 'DROP SCHEMA', 'DROP OWNED')
	EXECUTE FUNCTION _lantern_internal.extension_event();
ALTER EVENT TRIGGER lantern_before_drop DISABLE;

CREATE FUNCTION _lantern_internal.pgvector_dropped() RETURNS void
	AS 'MODULE_PATHNAME', 'lantern_pgvector_dropped'
	LANGUAGE C SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION _lantern_internal.pgvector_dropped() IS 'does what acquire_hnsw() does, for a command that has dropped pgvector';

CREATE FUNCTION _lantern_internal.after_drop() RETURNS event_trigger LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE object_type = 'extension' AND object_identity = 'vector') THEN
		BEGIN
			PERFORM _lantern_internal.pgvector_dropped();
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING 'lantern did not take the access method name "hnsw" back from pgvector'
				USING DETAIL = SQLERRM, HINT = 'SELECT _lantern_internal.acquire_hnsw() takes it.';
		END;
	END IF;
END;
$$;
-- A trigger for sql_drop makes the server describe whatever is dropped, so there is one only beside pgvector.
CREATE EVENT TRIGGER lantern_after_drop ON sql_drop WHEN TAG IN ('DROP EXTENSION', 'DROP SCHEMA', 'DROP OWNED')
	EXECUTE FUNCTION _lantern_internal.after_drop();
ALTER EVENT TRIGGER lantern_after_drop DISABLE;

DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'vector') THEN
		PERFORM _lantern_internal.enable_pgvector();
	END IF;
END;
$$;
