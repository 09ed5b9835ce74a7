-- What EXPLAIN tells of a scan; majors print an analyzed plan differently, so that is taken apart
CREATE TABLE t (id integer, v real[], near double precision);
INSERT INTO t SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 500) i;
CREATE INDEX t_v ON t USING hnsw (v) WITH (ef=40);
ANALYZE t;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF, VERBOSE) SELECT id, v <-> '{100,2}' AS d FROM t WHERE id <> 100 ORDER BY v <-> '{100,2}' LIMIT 3;
CREATE FUNCTION analyzed(query text, OUT node text, OUT index text, OUT order_by text, OUT filter text, OUT rows numeric, OUT loops integer, OUT removed integer, OUT blocks boolean)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	n jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON) ' || query INTO plan;
	FOR n IN SELECT jsonb_path_query(plan, 'strict $.**.Plan') UNION ALL SELECT jsonb_path_query(plan, 'strict $.**.Plans[*]') LOOP
		node := n->>'Node Type'; index := n->>'Index Name'; order_by := n->>'Order By'; filter := n->>'Filter';
		rows := round((n->>'Actual Rows')::numeric); loops := n->>'Actual Loops'; removed := n->>'Rows Removed by Filter';
		blocks := (n->>'Shared Hit Blocks')::integer + (n->>'Shared Read Blocks')::integer > 0;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM analyzed('SELECT id FROM t WHERE id % 10 = 0 ORDER BY v <-> ''{102.25,2}'' LIMIT 1');
SELECT * FROM analyzed('SELECT id FROM t WHERE id < 0 ORDER BY v <-> ''{100,2}'' LIMIT 1');
SELECT * FROM analyzed('SELECT id FROM t ORDER BY v <-> ''{100,2}''');
SELECT node, index, rows, loops FROM analyzed('SELECT * FROM (VALUES (1), (2), (3)) q (i), LATERAL (SELECT id FROM t ORDER BY v <-> ARRAY[q.i, q.i] LIMIT 2) n');
-- An estimate that says what a LIMIT costs: a short one is cheaper, and a scan to the end is dearer than sorting all
CREATE FUNCTION cost(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan; RETURN plan->0->'Plan'->>'Total Cost'; END $$;
SELECT cost('SELECT id FROM t ORDER BY v <-> ''{100,2}'' LIMIT 1') < cost('SELECT id FROM t ORDER BY v <-> ''{100,2}'' LIMIT 400') AS short_is_cheap;
RESET enable_seqscan;
SELECT node FROM analyzed('SELECT id FROM t ORDER BY v <-> ''{100,2}''');
DROP TABLE t;
DROP FUNCTION analyzed, cost;
