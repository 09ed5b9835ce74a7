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
-- cos_dist and <=>
SELECT cos_dist('{1,2,3}', '{2,4,6}'), '{1,0}'::real[] <=> '{0,1}'::real[] AS perpendicular, '{1,-1}'::real[] <=> '{-2,2}'::real[] AS opposite;
SELECT cos_dist('{}', '{}'), cos_dist('{0,0}', '{0,-0}') AS both_zero, cos_dist('{0,0}', '{1,2}') AS one_zero, cos_dist('{1,2}', '{0,0}') AS other_zero;
SELECT cos_dist('{3e38,3e38}', '{3e38,0}') AS huge, cos_dist('{1e-45,1e-45}', '{0,1e-45}') AS tiny, cos_dist('{1e-45,0}', '{3e38,3e38}') AS both;
SELECT cos_dist('{NaN}', '{1}'), cos_dist('{Infinity}', '{1}'), cos_dist('{NaN}', '{0}');
SELECT cos_dist(NULL, '{1}');
SELECT cos_dist('{1,2}', '{1,2,3}');
SELECT '{1,2}'::real[] <=> '{NULL,2}'::real[];
SELECT ARRAY[1, 2]::real[] <=> ARRAY[1.5, 3], ARRAY[1, 2]::real[] <=> ARRAY[2, 4];
-- hamming_dist and <+>
SELECT hamming_dist('{1,2,3}', '{1,2,3}'), '{5,0}'::integer[] <+> '{2,-1}'::integer[] AS operator, hamming_dist('{}', '{}');
SELECT hamming_dist('{{1,2},{3,4}}', '{1,2,3,6}'), hamming_dist('{-2147483648}', '{2147483647}');
SELECT hamming_dist(NULL, '{1}');
SELECT hamming_dist('{1,2}', '{1,2,3}');
SELECT '{1,2}'::integer[] <+> '{NULL,2}'::integer[];
-- short, long, compressed and out-of-line arrays, as tables have them
CREATE TABLE stored (d integer, v real[]);
INSERT INTO stored SELECT d, array_agg((i % 7 - 3)::real) FROM unnest('{0,1,2,24,25,26,27,28,100,500,4000}'::int[]) d LEFT JOIN generate_series(1, 4000) i ON i <= d GROUP BY d;
UPDATE stored SET v = '{}' WHERE d = 0;
SELECT d, l2sq_dist(v, (SELECT coalesce(array_agg(x + 1), '{}')::real[] FROM unnest(v) x)) AS l2sq, cos_dist(v, v) AS cos, hamming_dist(v::int[], v::int[]) AS hamming FROM stored ORDER BY d;
DROP TABLE stored;
-- <?>
SELECT '{1}'::real[] <?> '{1}'::real[];
SELECT '{1}'::integer[] <?> '{1}'::integer[];
-- declarations
SELECT proname, provolatile, proisstrict, proparallel FROM pg_proc WHERE proname IN ('l2sq_dist', 'cos_dist', 'hamming_dist') ORDER BY 1;
SELECT oprname, oprcom = oid AS commutes_with_itself FROM pg_operator
WHERE oprcode IN ('l2sq_dist'::regproc, 'cos_dist'::regproc, 'hamming_dist'::regproc) ORDER BY 1;
