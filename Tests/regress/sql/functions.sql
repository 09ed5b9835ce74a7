-- l2sq_dist and <->
SELECT l2sq_dist('{1,2,3}', '{1,2,5}'), '{1,2,3}'::real[] <-> '{1,2,5}'::real[] AS operator;
SELECT l2sq_dist('{}', '{}');
SELECT l2sq_dist('{{1,2},{3,4}}', '{1,2,3,6}'), l2sq_dist('[2:4]={7,8,9}', '{7,8,9}');
SELECT l2sq_dist('{1e30}', '{-1e30}'), l2sq_dist('{NaN}', '{1}'), l2sq_dist('{Infinity}', '{1}');
SELECT l2sq_dist(NULL, '{1}');
SELECT l2sq_dist('{1,2}', '{1,2,3}');
SELECT l2sq_dist('{1,NULL}', '{1,2}');
SELECT '{1,2}'::real[] <-> '{NULL,2}'::real[];
SELECT ARRAY[1, 2]::real[] <-> ARRAY[1.5, 2.5], ARRAY[1, 2]::real[] <-> ARRAY[3, 4];
SELECT l2sq_dist(v, ARRAY[0, 0, 0]) AS dist, l2sq_dist(ARRAY[0.5, 0, 0], v) FROM (SELECT '{1,2,3}'::real[] AS v) x;
-- compressed and out-of-line arrays
CREATE TABLE long (v real[]);
INSERT INTO long SELECT array_agg(i % 5) FROM generate_series(1, 4000) i;
INSERT INTO long SELECT array_agg(sin(i)::real) FROM generate_series(1, 4000) i;
SELECT l2sq_dist(a.v, b.v) = 0 AS same FROM long a, long b WHERE a.ctid = b.ctid;
DROP TABLE long;
-- declarations
SELECT proname, provolatile, proisstrict, proparallel FROM pg_proc WHERE proname = 'l2sq_dist';
SELECT oprname, oprcom = oid AS commutes_with_itself FROM pg_operator WHERE oprcode = 'l2sq_dist'::regproc;
