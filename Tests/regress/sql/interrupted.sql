-- Scans that end early, by an error or otherwise, scans inside scans, and scans that see their own statement's writes.
-- A buffer that one of them left pinned would be told of by a warning.
CREATE TABLE t (id integer PRIMARY KEY, n integer, v real[]);
INSERT INTO t SELECT i, i % 10, ARRAY[i, 0, 0] FROM generate_series(1, 500) i;
CREATE INDEX t_v ON t USING hnsw (v) WITH (dim=3, ef=600);
ANALYZE t;
SET enable_seqscan = off;
-- An error in the middle
SELECT 1 / (id - 103) FROM t ORDER BY v <-> '{100.25,0,0}' LIMIT 10;
SELECT id FROM t WHERE 1 / (id - 103) < 5 ORDER BY v <-> '{100.25,0,0}' LIMIT 10;
DO $$
DECLARE
	r record;
	caught integer := 0;
BEGIN
	FOR i IN 1..300 LOOP
		BEGIN
			FOR r IN SELECT 1 / (id - i - 2) FROM t ORDER BY v <-> ARRAY[i, 0, 0]::real[] LOOP END LOOP;
		EXCEPTION WHEN division_by_zero THEN caught := caught + 1;
		END;
	END LOOP;
	RAISE NOTICE '% caught', caught;
END $$;
-- A query of the wrong length in the middle of a join
SELECT a.id, b.id FROM (VALUES (1, '{1,0,0}'::real[]), (2, '{2,0,0}'), (3, '{3,0}')) a (id, v), LATERAL (SELECT id FROM t ORDER BY v <-> a.v LIMIT 1) b;
-- Cursors, and the subtransactions that they outlive or do not
BEGIN;
DECLARE outer_c CURSOR FOR SELECT id FROM t ORDER BY v <-> '{100.25,0,0}';
FETCH 1 FROM outer_c;
SAVEPOINT s;
DECLARE inner_c CURSOR FOR SELECT id FROM t ORDER BY v <-> '{200.25,0,0}';
FETCH 1 FROM inner_c;
FETCH 2 FROM outer_c;
INSERT INTO t VALUES (1000, 0, '{200,0,0}');
ROLLBACK TO s;
FETCH 1 FROM inner_c;
ROLLBACK TO s;
FETCH 2 FROM outer_c;
SAVEPOINT s2;
DECLARE kept CURSOR FOR SELECT id FROM t ORDER BY v <-> '{300.25,0,0}';
RELEASE s2;
FETCH 2 FROM kept;
COMMIT;
-- A failed statement closes nothing that it should not
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT id FROM t ORDER BY v <-> '{100.25,0,0}' LIMIT 5;
FETCH 1 FROM c;
SAVEPOINT s;
SELECT id FROM t ORDER BY v <-> '{1,2}' LIMIT 1;
ROLLBACK TO s;
FETCH 1 FROM c;
COMMIT;
FETCH ALL FROM c;
CLOSE c;
-- Many scans at once, each going on where it was
DO $$
DECLARE
	cursors refcursor[];
	c refcursor;
	found integer;
	wrong integer := 0;
BEGIN
	FOR i IN 1..100 LOOP
		c := 'c' || i;
		OPEN c FOR EXECUTE format('SELECT id FROM t ORDER BY v <-> ''{%s.25,0,0}''', i * 3);
		cursors[i] := c;
	END LOOP;
	FOR step IN 0..2 LOOP
		FOR i IN 1..100 LOOP
			c := cursors[i];
			FETCH c INTO found;
			IF found IS DISTINCT FROM i * 3 + (ARRAY[0, 1, -1])[step + 1] THEN wrong := wrong + 1; END IF;
		END LOOP;
	END LOOP;
	RAISE NOTICE '% wrong', wrong;
END $$;
-- A scan whose filter searches the same index, and one inside that
CREATE FUNCTION nearest(q real[], depth integer) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF depth = 0 THEN RETURN (SELECT id FROM t ORDER BY v <-> q LIMIT 1); END IF;
	RETURN (SELECT id FROM t WHERE nearest(v, depth - 1) = id ORDER BY v <-> q LIMIT 1);
END $$;
SELECT id, nearest(v, 3) FROM t WHERE nearest(v, 0) = id AND id % 2 = 0 ORDER BY v <-> '{50.25,0,0}' LIMIT 3;
-- A scan that ends without being read, and one that is read anew for every row
SELECT id FROM t ORDER BY v <-> '{100.25,0,0}' LIMIT 0;
SELECT EXISTS (SELECT id FROM t ORDER BY v <-> '{100.25,0,0}');
SELECT sum(b.id) FROM t a, LATERAL (SELECT id FROM t WHERE id <> a.id AND n = a.n ORDER BY v <-> a.v, id LIMIT 2) b;
-- A statement that writes what it reads sees none of its own rows
INSERT INTO t SELECT id + 10000, n, v FROM (SELECT * FROM t ORDER BY v <-> '{100.25,0,0}') x;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM t ORDER BY v <-> '{100.25,0,0}') x;
UPDATE t SET v = ARRAY[v[1], 1, 0] WHERE id IN (SELECT id FROM t ORDER BY v <-> '{100.25,0,0}' LIMIT 6);
SELECT id, v FROM t WHERE id < 10000 ORDER BY v <-> '{100.25,1,0}' LIMIT 4;
WITH gone AS (DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY v <-> '{100.25,1,0}' LIMIT 4) RETURNING id)
SELECT count(*), (SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '{100.25,0,0}') x) AS before FROM gone;
SELECT count(*) AS after FROM (SELECT id FROM t ORDER BY v <-> '{100.25,0,0}') x;
-- A trigger searches the index that its own statement is being written to, and sees the rows before its own
DELETE FROM t WHERE id > 10000;
CREATE TABLE duplicates (id integer, of integer);
CREATE FUNCTION find_duplicate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO duplicates SELECT NEW.id, id FROM (SELECT * FROM t ORDER BY v <-> NEW.v LIMIT 1) x WHERE l2sq_dist(v, NEW.v) < 0.01;
	RETURN NEW;
END $$;
CREATE TRIGGER find_duplicate BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION find_duplicate();
INSERT INTO t VALUES (2001, 0, '{-5,0,0}'), (2002, 0, '{-5,0.01,0}'), (2003, 0, '{300,0,0}'), (2004, 0, '{-8,0,0}');
SELECT * FROM duplicates ORDER BY 1;
SELECT _lantern_internal.validate_index('t_v', false);
DROP TABLE t, duplicates;
DROP FUNCTION nearest, find_duplicate;
