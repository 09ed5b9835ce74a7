# A build, a scan and a vacuum can be cancelled, and nothing is left of them. The bounds are generous: a busy machine is slow.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_server('cancel', "maintenance_work_mem = 256MB\n");
fill_table($node, 't', 15000, 32, 0.8);

# Runs a statement that must not end within its timeout of $milliseconds; how it was stopped, and how many seconds late.
sub stopped
{
	my ($statement, $milliseconds, @settings) = @_;
	my @commands = map { ('-c', $_) } (@settings, "SET statement_timeout = $milliseconds", $statement);
	my $start = time;
	my ($stdout, $stderr) = run_command([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), @commands ]);
	my $late = time - $start - $milliseconds / 1000;
	note(sprintf "%s ended %.0f ms after its timeout", substr($statement, 0, 40), 1000 * $late);
	return ($stderr, $late);
}

sub is_stopped
{
	my ($what, @arguments) = @_;
	my ($stderr, $late) = stopped(@arguments);
	like($stderr, qr/canceling statement due to statement timeout/, "$what is cancelled");
	cmp_ok($late, '<', 3, "... soon");
	return;
}

# The files of the database, without those that wait for the next checkpoint to go.
sub files
{
	$node->safe_psql('postgres', 'CHECKPOINT');
	my $database = $node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");
	my @files = map { s/.*\///r } glob $node->data_dir . "/base/$database/*";
	push @files, glob $node->data_dir . '/base/pgsql_tmp/*';
	return [ sort grep { !/_(fsm|vm)$/ } @files ];
}

my $before = files();
is_stopped("a build in memory after $_ ms", 'CREATE INDEX t_v ON t USING hnsw (v) WITH (ef_construction = 1000, m = 64)', $_)
  for 100, 400, 1000;
is_stopped('a build past maintenance_work_mem', 'CREATE INDEX t_v ON t USING hnsw (v) WITH (ef_construction = 1000, m = 64)',
	1000, "SET maintenance_work_mem = '1MB'");
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 't_v'"), 0, 'no index is left');
is_deeply(files(), $before, 'no file is left');

$node->safe_psql('postgres', 'CREATE INDEX t_v ON t USING hnsw (v) WITH (ef_construction = 40)');
is_stopped('a scan', 'SELECT count(*) FROM (SELECT a.id FROM t a, LATERAL (SELECT id FROM t ORDER BY v <-> a.v LIMIT 5) b) x',
	300, 'SET enable_seqscan = off', 'SET lantern_hnsw.ef = 2000');
is_stopped('a scan without LIMIT', 'SELECT count(*) FROM (SELECT a.id FROM t a, LATERAL (SELECT id FROM t ORDER BY v <-> a.v) b) x',
	300, 'SET enable_seqscan = off', 'SET enable_sort = off');
is_stopped('an insert', 'INSERT INTO t SELECT id + 100000 * n, v FROM t, generate_series(1, 20) n', 300);
ok(is_valid($node, 't_v'), 'the index is valid after a cancelled insert');

$node->safe_psql('postgres', 'DELETE FROM t WHERE id % 3 > 0');
for my $milliseconds (50, 200, 400)
{
	# At its full speed it could end in time.
	is_stopped("a vacuum after $milliseconds ms", 'VACUUM t', $milliseconds,
		'SET vacuum_cost_delay = 20', 'SET vacuum_cost_limit = 10');
	ok(is_valid($node, 't_v'), "the index is valid after a vacuum that stopped after $milliseconds ms");
}
$node->safe_psql('postgres', 'VACUUM t');
ok(is_valid($node, 't_v'), 'the index is valid after a vacuum that ends');
is( $node->safe_psql('postgres', q{SET enable_seqscan = off;
	SELECT count(*) = (SELECT count(*) FROM t) FROM (SELECT id FROM t ORDER BY v <-> (SELECT v FROM t LIMIT 1)) x}),
	't', 'a scan returns all rows that are left');

# pg_cancel_backend, and a backend that is told to go. Statements slow enough to be still there, in the phase that is meant.
my %statements = (
	'a build' => [ 'CREATE INDEX t_w ON t USING hnsw (v) WITH (ef_construction = 2000, m = 64)', 'pg_stat_progress_create_index',
		'building index: performing hnsw in-memory insertions' ],
	'a rebuild' => [ 'REINDEX INDEX t_v', 'pg_stat_progress_create_index', 'building index: performing hnsw in-memory insertions' ],
	'a vacuum' => [ 'VACUUM t', 'pg_stat_progress_vacuum', 'vacuuming indexes' ]);
$node->safe_psql('postgres', 'ALTER INDEX t_v SET (ef_construction = 2000, m = 64)');
$before = files();
for my $function ('pg_cancel_backend', 'pg_terminate_backend')
{
	for my $what (sort keys %statements)
	{
		my ($statement, $progress, $phase) = @{ $statements{$what} };
		$node->safe_psql('postgres', 'DELETE FROM t WHERE id % 7 = (SELECT min(id % 7) FROM t)') if $what eq 'a vacuum';
		my $psql = start_psql($node, 'SET vacuum_cost_delay = 20', 'SET vacuum_cost_limit = 10', $statement);
		wait_until($node, "SELECT count(*) = 1 FROM $progress WHERE phase = '$phase'");
		is($node->safe_psql('postgres', "SELECT $function(pid) FROM $progress"), 't', "$function reaches $what");
		$psql->finish;
		isnt($psql->result(0), 0, "$function ends $what");
		ok(is_valid($node, 't_v'), "the index is valid after $function of $what");
	}
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 't_w'"), 0, "no index is left of a build after $function");
	is_deeply(files(), $before, "no file is left after $function");
}
$node->safe_psql('postgres', 'VACUUM t');
ok(is_valid($node, 't_v'), 'the index is valid after a vacuum that ends at last');
$node->stop;

done_testing();
