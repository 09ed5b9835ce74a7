# Rounds of updates, of deletes and inserts, and large deletions: after vacuum an index is about as good and as small as one that
# is built anew.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('churn', "maintenance_work_mem = 128MB\n");
fill_table($node, 'everything', 6000, 16, 0.7);
$node->safe_psql('postgres', 'CREATE TABLE queries AS SELECT id, v FROM everything WHERE id % 30 = 0');

# A table of the rows that a condition names, with an index.
sub make_table
{
	my ($where, $options) = @_;
	$node->safe_psql(
		'postgres', qq{
		DROP TABLE IF EXISTS t;
		CREATE TABLE t (id integer, v real[], note integer DEFAULT 0);
		INSERT INTO t SELECT id, v FROM everything WHERE $where ORDER BY id;
		CREATE INDEX t_v ON t USING hnsw (v) WITH (m = 8, ef_construction = 64, ef = 24 $options)});
	return;
}

sub size { return $node->safe_psql('postgres', "SELECT pg_relation_size('t_v')"); }

# Compares the index with one that is built anew: recall within 0.01, size within a factor if there is one.
sub compare
{
	my ($when, $factor) = @_;
	ok(is_valid($node, 't_v'), "the index is valid $when");
	finds_rows($node, 't', "each row is found $when");
	my ($recall, $disorder) = recall($node, 't', 'queries', 10);
	my $size = size();
	$node->safe_psql('postgres', 'REINDEX INDEX t_v');
	my ($fresh) = recall($node, 't', 'queries', 10);
	is($disorder, 0, "rows come in order $when");
	cmp_ok($recall, '>=', $fresh - 0.01, "recall $when ($recall) is that of a new index ($fresh)");
	cmp_ok($size, '<=', $factor * size(), "the size $when ($size) is about that of a new index (" . size() . ')') if $factor;
	return;
}

# Updates of a column that is not indexed: each row's new version joins the node of its vector, and vacuum takes the old one out.
for my $options ('', ', code_bits = 2')
{
	make_table('id <= 3000', $options);
	for my $round (1 .. 10)
	{
		$node->safe_psql('postgres', 'UPDATE t SET note = note + 1');
		$node->safe_psql('postgres', 'VACUUM t');
	}
	compare("after ten rounds of updates$options", 1.3);
}

# A tenth is deleted and as many rows come, ten times.
make_table('id % 10 <> 0', '');
for my $round (1 .. 10)
{
	my ($going, $coming) = ($round % 10, ($round + 9) % 10);
	$node->safe_psql('postgres', "DELETE FROM t WHERE id % 10 = $going");
	$node->safe_psql('postgres', 'VACUUM t');
	$node->safe_psql('postgres', "INSERT INTO t SELECT id, v FROM everything WHERE id % 10 = $coming");
}
compare('after ten rounds of random changes', 1.1);

# Whole clusters go and come; a row's cluster is its number modulo 50.
for my $options ('', ', code_bits = 2')
{
	make_table('id % 50 >= 5', $options);
	for my $round (1 .. 10)
	{
		my ($going, $coming) = ($round * 5 % 50, ($round - 1) * 5);
		$node->safe_psql('postgres', "DELETE FROM t WHERE id % 50 BETWEEN $going AND $going + 4");
		$node->safe_psql('postgres', 'VACUUM t');
		$node->safe_psql('postgres', "INSERT INTO t SELECT id, v FROM everything WHERE id % 50 BETWEEN $coming AND $coming + 4");
	}
	compare("after ten rounds of changed clusters$options", 1.1);
}

# Large deletions.
make_table('true', '');
$node->safe_psql('postgres', 'SELECT setseed(0.3); DELETE FROM t WHERE random() < 0.5');
$node->safe_psql('postgres', 'VACUUM t');
compare('after half of the rows went');

make_table('true', '');
$node->safe_psql('postgres', 'DELETE FROM t WHERE id % 50 = 7');
$node->safe_psql('postgres', 'VACUUM t');
compare('after a cluster went');

# Records of TIDs of equal vectors are used again, and their pages.
make_table('id <= 100', '');
my $largest;
for my $round (1 .. 8)
{
	$node->safe_psql('postgres', "INSERT INTO t SELECT 10000 + i, v, i FROM everything, generate_series(1, 200) i WHERE id <= 20");
	$largest //= size();
	$node->safe_psql('postgres', 'DELETE FROM t WHERE id > 10000 AND note % 10 <> 0');
	$node->safe_psql('postgres', 'VACUUM t');
	$node->safe_psql('postgres', 'DELETE FROM t WHERE id > 10000');
	$node->safe_psql('postgres', 'VACUUM t');
}
cmp_ok(size(), '<=', 1.1 * $largest, 'records of TIDs are used again');
ok(is_valid($node, 't_v'), 'the index is valid after rounds of equal vectors');

# Vacuum of two indexes by parallel workers.
$node->safe_psql(
	'postgres', q{
	SET min_parallel_index_scan_size = 0;
	DROP TABLE t;
	CREATE TABLE t AS SELECT id, v FROM everything;
	CREATE INDEX t_v ON t USING hnsw (v);
	CREATE INDEX t_cos ON t USING hnsw (v dist_cos_ops) WITH (code_bits = 1);
	DELETE FROM t WHERE id % 4 = 0});
my (undef, undef, $stderr) =
  $node->psql('postgres', 'SET min_parallel_index_scan_size = 0; SET max_parallel_maintenance_workers = 2; VACUUM (VERBOSE, PARALLEL 2) t');
like($stderr, qr/launched 1 parallel vacuum worker for index vacuuming/, 'two indexes are vacuumed at the same time');
ok(is_valid($node, $_), "$_ is valid after a parallel vacuum") for 't_v', 't_cos';
finds_rows($node, 't', 'each row is found after a parallel vacuum');

# With a cost delay vacuum of the index sleeps, whatever pages it reads: without, it takes a fraction of a second.
$node->safe_psql('postgres', 'DELETE FROM t WHERE id % 4 = 1');
my $start = time;
$node->safe_psql('postgres', 'SET vacuum_cost_delay = 2; SET vacuum_cost_limit = 500; VACUUM t');
cmp_ok(time - $start, '>=', 1, 'vacuum keeps to the cost delay while it repairs');

$node->stop;
done_testing();
