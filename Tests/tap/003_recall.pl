# Searches use the index, find what exact search finds, and return it in the exact order, at every stored precision.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('recall', "maintenance_work_mem = 256MB\n");
fill_table($node, 't', 10000, 24, 0.4);
$node->safe_psql('postgres', q{CREATE TABLE q AS SELECT id, v FROM t WHERE id % 101 = 0;
	UPDATE q SET v = (SELECT array_agg(x + 0.1 * sin(id + x)) FROM unnest(v) x); ANALYZE q});

sub check
{
	my ($what, $k, $floor) = @_;
	my $plan = $node->safe_psql('postgres',
		"EXPLAIN SELECT id FROM t ORDER BY v <-> (SELECT v FROM q LIMIT 1) LIMIT 10");
	like($plan, qr/^Limit.*^  ->  Index Scan using t_v on t /ms, "the plan is an Index Scan $what");
	my ($recall, $inversions) = recall($node, 't', 'q', $k);
	cmp_ok($recall, '>=', $floor, "recall\@$k is at least $floor $what");
	note("recall\@$k $what: $recall");
	is($inversions, 0, "the order is that of the true distances $what");
}

for my $bits (8, 16, 32)
{
	$node->safe_psql('postgres', "CREATE INDEX t_v ON t USING hnsw (v) WITH (quant_bits = $bits)");
	check("with quant_bits $bits", 10, 0.95);
	ok(is_valid($node, 't_v'), "the index with quant_bits $bits is valid");
	$node->safe_psql('postgres', 'DROP INDEX t_v') if $bits < 32;
}
check('with a LIMIT above ef', 150, 0.95);

# Row by row, and past maintenance_work_mem, the graph is as good.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE grown (id integer PRIMARY KEY, v real[]);
	CREATE INDEX t_grown ON grown USING hnsw (v) WITH (dim = 24);
	INSERT INTO grown SELECT * FROM t WHERE id <= 4000;
	ANALYZE grown;
	CREATE TABLE small AS SELECT * FROM t WHERE id <= 4000;
	ANALYZE small});
my ($status, undef, $stderr) = $node->psql('postgres', "SET maintenance_work_mem = '1MB'; CREATE INDEX t_small ON small USING hnsw (v)");
is($status, 0, 'an index is built past maintenance_work_mem');
# Else the build fitted, and what follows says nothing.
like($stderr, qr/NOTICE:  hnsw graph no longer fits into maintenance_work_mem after \d+ tuples/, '... and a notice says so');
for my $table ('grown', 'small')
{
	my $plan = $node->safe_psql('postgres', "SET enable_seqscan = off; EXPLAIN SELECT id FROM $table ORDER BY v <-> (SELECT v FROM q LIMIT 1) LIMIT 10");
	like($plan, qr/Index Scan using t_$table on $table /, "the plan for $table is an Index Scan");
	ok(is_valid($node, "t_$table"), "the index of $table is valid");
	is( $node->safe_psql('postgres', qq{SET enable_seqscan = off; SET enable_sort = off;
		SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM $table ORDER BY v <-> (SELECT v FROM q LIMIT 1)) x}),
		'4000|4000', "a scan of $table without LIMIT returns each row once");
	my ($recall, $inversions) = recall($node, $table, 'q', 10);
	cmp_ok($recall, '>=', 0.95, "recall\@10 of $table is at least 0.95");
	is($inversions, 0, "the order in $table is that of the true distances");
}

# Deleting and vacuuming a half of the rows keeps what a fresh build finds.
$node->safe_psql('postgres', 'DELETE FROM t WHERE id / 50 % 2 = 0');
$node->safe_psql('postgres', 'VACUUM t');
my ($vacuumed) = recall($node, 't', 'q', 10);
$node->safe_psql('postgres', 'REINDEX INDEX t_v');
my ($fresh) = recall($node, 't', 'q', 10);
note("recall\@10 after vacuum: $vacuumed, after REINDEX: $fresh");
cmp_ok($vacuumed, '>=', $fresh - 0.01, 'recall after a vacuum is within 0.01 of a fresh build');

# Tight clusters, loaded one after the other, are the hardest to keep connected: a search must not miss a part of one.
for my $seed (0.1, 0.3)
{
	$node->safe_psql(
		'postgres', qq{
		DROP TABLE IF EXISTS clusters;
		CREATE TABLE clusters (id integer PRIMARY KEY, v real[]);
		SELECT setseed($seed);
		CREATE TEMP TABLE centres AS
			SELECT c, array_agg(random()) AS centre FROM generate_series(0, 49) c, generate_series(1, 12) GROUP BY c;
		INSERT INTO clusters
			SELECT id, (SELECT array_agg((0.8 * x + 0.2 * random() + 0 * id)::real) FROM unnest(centre) x)
			FROM generate_series(1, 12000) id JOIN centres ON c = id % 50 ORDER BY id % 50, id;
		CREATE INDEX clusters_v ON clusters USING hnsw (v)});
	finds_rows($node, 'clusters', "rows of tight clusters are found, seed $seed");
}
$node->stop;

done_testing();
