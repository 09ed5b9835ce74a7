# Indexes whose nodes keep codes of their neighbours: recall, order, completeness, inserts, vacuum and crash, at every width.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('codes', "maintenance_work_mem = 256MB\n");

sub check
{
	my ($table, $operator, $what) = @_;
	my $plan = $node->safe_psql('postgres',
		"SET enable_seqscan = off; EXPLAIN SELECT id FROM $table ORDER BY v $operator (SELECT v FROM ${table}_q LIMIT 1) LIMIT 10");
	like($plan, qr/Index Scan using ${table}_v on $table /, "the plan is an Index Scan $what");
	my ($recall, $inversions) = recall($node, $table, "${table}_q", 10, $operator);
	note("recall\@10 $what: $recall");
	cmp_ok($recall, '>=', 0.95, "recall\@10 is at least 0.95 $what");
	is($inversions, 0, "the order is that of the true distances $what");
	ok(is_valid($node, "${table}_v"), "the index is valid $what");
	is( $node->safe_psql('postgres', qq{SET enable_seqscan = off; SET enable_sort = off;
		SELECT count(*) = (SELECT count(*) FROM $table) AND count(DISTINCT id) = count(*)
		FROM (SELECT id FROM $table ORDER BY v $operator (SELECT v FROM ${table}_q LIMIT 1)) x}),
		't', "a scan returns each row once $what");
	return;
}

# Far from the origin, which estimates must not mind.
for my $case ([ 1, 200, '<->', 'dist_l2sq_ops' ], [ 2, 40, '<->', 'dist_l2sq_ops' ], [ 4, 12, '<->', 'dist_l2sq_ops' ], [ 2, 40, '<=>', 'dist_cos_ops' ])
{
	my ($bits, $dimensions, $operator, $class) = @$case;
	my $what = "by $operator with code_bits $bits and $dimensions dimensions";
	fill_table($node, 't', 4000, $dimensions, 0.1 * $bits);
	$node->safe_psql('postgres', qq{
		UPDATE t SET v = (SELECT array_agg(x + 3) FROM unnest(v) x);
		CREATE TABLE t_q AS SELECT id, (SELECT array_agg(x + 0.05 * sin(id + x)) FROM unnest(v) x)::real[] AS v FROM t WHERE id % 41 = 0;
		CREATE INDEX t_v ON t USING hnsw (v $class) WITH (code_bits = $bits)});
	check('t', $operator, $what);
	$node->safe_psql('postgres', 'INSERT INTO t SELECT id + 10000, (SELECT array_agg(x + 0.01 * sin(id * 3 + x)) FROM unnest(v) x) FROM t WHERE id % 2 = 0');
	check('t', $operator, "$what after inserts");
	$node->safe_psql('postgres', 'DELETE FROM t WHERE id % 3 = 0');
	$node->safe_psql('postgres', 'VACUUM t');
	check('t', $operator, "$what after a vacuum");
	my $filtered = $node->safe_psql('postgres', "SET enable_seqscan = off; SELECT count(*) FROM (SELECT id FROM t WHERE id % 100 = 1 ORDER BY v $operator (SELECT v FROM t_q LIMIT 1) LIMIT 20) x");
	is($filtered, 20, "a scan goes on until there are enough rows $what");
	$node->stop('immediate');
	$node->start;
	ok(is_valid($node, 't_v'), "the index is valid after a crash $what");
	$node->safe_psql('postgres', 'DROP TABLE t, t_q');
}

# An index made before its rows, and one that learns its dimensions from the first.
$node->safe_psql('postgres', q{
	CREATE TABLE e (id integer, v real[]);
	CREATE INDEX e_v ON e USING hnsw (v) WITH (dim = 16, code_bits = 2);
	INSERT INTO e SELECT i, (SELECT array_agg(random() + 0 * i * j) FROM generate_series(1, 16) j) FROM generate_series(1, 2000) i;
	CREATE TABLE e_q AS SELECT * FROM e WHERE id % 20 = 0});
check('e', '<->', 'made before its rows');
$node->safe_psql('postgres', q{DROP INDEX e_v; CREATE INDEX e_v ON e USING hnsw (v) WITH (code_bits = 1)});
$node->safe_psql('postgres', q{TRUNCATE e; INSERT INTO e SELECT i, (SELECT array_agg(random() + 0 * i * j) FROM generate_series(1, 24) j) FROM generate_series(1, 1000) i});
$node->safe_psql('postgres', 'DROP TABLE e_q; CREATE TABLE e_q AS SELECT * FROM e WHERE id % 20 = 0');
check('e', '<->', 'after other dimensions');
$node->stop;

done_testing();
