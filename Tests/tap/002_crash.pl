# The server is stopped dead in the middle of inserts, of a build and of vacuum. Afterwards every index is whole, and every
# committed row is found.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = new_server('crash', "checkpoint_timeout = 30s\n", allows_streaming => 1);

sub crash
{
	my ($when, $index) = @_;
	$node->stop('immediate');
	$node->start;
	ok(is_valid($node, $index), "$index is valid after a crash $when");
}

# Inserts. Rows committed after the crash are inserted into slots, pages and links that the crash may have left half made.
$node->safe_psql('postgres',
	'CREATE TABLE t (id serial PRIMARY KEY, v real[]); CREATE INDEX t_v ON t USING hnsw (v) WITH (dim = 12)');
my $script = $node->basedir . '/insert.sql';
append_to_file($script, "INSERT INTO t (v) SELECT array_agg(random()) FROM generate_series(1, 12);\n");
my $before = 0;
for my $round (1 .. 4)
{
	my $ignored = '';
	my $pgbench = IPC::Run::start(
		[ 'pgbench', '-n', '-c', 4, '-T', 120, '-f', $script, $node->connstr('postgres') ],
		'<', \undef, '>', \$ignored, '2>', \$ignored);
	wait_until($node, "SELECT count(*) > $before + 300 FROM t");
	sleep(0.05 * $round);
	crash("during inserts, round $round", 't_v');
	$pgbench->finish;
	my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM t');
	cmp_ok($rows, '>', $before + 300, "committed rows are there in round $round");
	finds_rows($node, 't', "each of $rows rows is found in round $round");
	$before = $rows;
}

# A build. Its index does not exist afterwards, and can be made.
fill_table($node, 'built', 12000, 12, 0.3);
for my $statement ('CREATE INDEX', 'CREATE INDEX CONCURRENTLY')
{
	my $psql = start_psql($node, "$statement built_v ON built USING hnsw (v) WITH (ef_construction = 300)");
	wait_until($node, 'SELECT count(*) > 0 AND max(tuples_done) > 100 FROM pg_stat_progress_create_index');
	crash("during $statement", 't_v');
	$psql->finish;
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text = 'built_v' AND indisvalid"),
		0, "the index of $statement was not completed");
	$node->safe_psql('postgres', 'DROP INDEX IF EXISTS built_v');
}
$node->safe_psql('postgres', 'CREATE INDEX built_v ON built USING hnsw (v) WITH (ef_construction = 64)');
crash('just after CREATE INDEX', 'built_v');
finds_rows($node, 'built', 'each row of an index made just before a crash is found');

# Vacuum, slowed down, and stopped at different places.
for my $round (1 .. 4)
{
	$node->safe_psql('postgres', "DELETE FROM built WHERE id % 5 = $round");
	my $psql = start_psql($node, 'SET vacuum_cost_delay = 5', 'SET vacuum_cost_limit = 40', 'VACUUM built');
	wait_until($node, "SELECT count(*) = 1 FROM pg_stat_progress_vacuum WHERE phase = 'vacuuming indexes'");
	sleep(0.1 * $round);
	crash("during VACUUM, round $round", 'built_v');
	$psql->finish;
	finds_rows($node, 'built', "each remaining row is found in round $round");
}
$node->safe_psql('postgres', 'VACUUM built');
ok(is_valid($node, 'built_v'), 'the index is valid after a vacuum that ends');
finds_rows($node, 'built', 'each remaining row is found after a vacuum that ends');
$node->safe_psql('postgres', 'INSERT INTO built SELECT id + 100000, v FROM built WHERE id % 5 = 0');
ok(is_valid($node, 'built_v'), 'the index is valid after inserts into vacuumed space');
is( $node->safe_psql('postgres', q{SET enable_seqscan = off;
	SELECT count(*) = (SELECT count(*) FROM built) FROM (SELECT id FROM built ORDER BY v <-> (SELECT v FROM built LIMIT 1)) x}),
	't', 'a scan without LIMIT returns all rows');
$node->stop;

# With wal_level = minimal, a table that its own transaction made is not logged but synced.
my $minimal = new_server('minimal');
$minimal->safe_psql(
	'postgres', q{
	BEGIN;
	CREATE TABLE t (id integer, v real[]);
	CREATE INDEX t_v ON t USING hnsw (v) WITH (dim = 2);
	INSERT INTO t SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 500) i;
	CREATE INDEX t_w ON t USING hnsw (v);
	COMMIT});
$minimal->stop('immediate');
$minimal->start;
ok(is_valid($minimal, 't_v'), 'an index made and filled in one transaction is valid after a crash');
ok(is_valid($minimal, 't_w'), 'an index built in the transaction of its table is valid after a crash');
finds_rows($minimal, 't', 'each row is found');
$minimal->stop;

done_testing();
