# A scan is open on a standby while its primary vacuums and uses the space again: it goes on, and returns the rows that it must;
# only where it could still see what vacuum removes, the server cancels it, or has the primary wait.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_server('primary', undef, allows_streaming => 1);
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = 0\n");
$standby->start;

# What a scan of the standby returns when the primary does $before before it, and $meanwhile after its first rows.
sub scan
{
	my ($before, $meanwhile) = @_;
	$primary->safe_psql(
		'postgres', q{
		DROP TABLE IF EXISTS t;
		CREATE TABLE t (id integer, v real[]);
		-- The first page gets rows that nobody deletes: to clean a page, the server would cancel a scan that is at one of its rows.
		INSERT INTO t SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 700) i ORDER BY i BETWEEN 41 AND 600, i;
		CREATE INDEX t_v ON t USING hnsw (v)});
	$primary->safe_psql('postgres', 'VACUUM (FREEZE) t');
	$primary->safe_psql('postgres', $before) if $before;
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('write'));
	my $begun = $primary->basedir . '/begun';
	my $go_on = $primary->basedir . '/go_on';
	unlink $begun, $go_on;
	my $script = $primary->basedir . '/scan.sql';
	unlink $script;
	append_to_file(
		$script, qq{
		SET enable_seqscan = off; SET enable_sort = off;
		BEGIN ISOLATION LEVEL REPEATABLE READ;
		DECLARE c CURSOR FOR SELECT id FROM t ORDER BY v <-> '{0.2,0}';
		FETCH 20 FROM c;
		\\! touch $begun; while test ! -e $go_on; do sleep 0.05; done
		FETCH ALL FROM c;
		COMMIT;});
	my ($stdout, $stderr) = ('', '');
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $standby->connstr('postgres'), '-f', $script ],
		'<', \undef, '>', \$stdout, '2>', \$stderr, IPC::Run::timeout(180));
	wait_until($primary, "SELECT (pg_stat_file('$begun', true)).size IS NOT NULL");
	$primary->safe_psql('postgres', $_) for split /;\n/, $meanwhile;
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('write'));
	append_to_file($go_on, '');
	$psql->finish;
	return ($stderr, split /\n/, $stdout);
}

# How many of the rows are before one that is nearer: id and its remainder make the distance.
sub out_of_order
{
	my @distances = map { ($_ - 0.2)**2 + ($_ % 7)**2 } @_;
	return scalar grep { $distances[$_] < $distances[ $_ - 1 ] } 1 .. $#distances;
}

my $delete = 'DELETE FROM t WHERE id BETWEEN 41 AND 600 AND id % 2 = 0';
my $reuse = "VACUUM t;\nINSERT INTO t SELECT i, ARRAY[i - 1000, i % 5] FROM generate_series(1001, 1300) i";
my ($error, @rows) = scan($delete, $reuse);
is($error, '', 'a scan that does not see the removed rows goes on');
is_deeply([ sort { $a <=> $b } @rows ], [ grep { $_ <= 40 || $_ > 600 || $_ % 2 } 1 .. 700 ],
	'it returns each row that it sees once');
is(out_of_order(@rows), 0, 'it returns them in order');

($error, @rows) = scan('', "$delete;\n$reuse");
like($error, qr/canceling statement due to conflict with recovery|terminating connection due to conflict with recovery/,
	'a scan that could see the removed rows is cancelled');

$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\nwal_receiver_status_interval = 1\n");
$standby->reload;
wait_until($primary, 'SELECT backend_xmin IS NOT NULL FROM pg_stat_replication');
($error, @rows) = scan('', "SELECT pg_sleep(3);\n$delete;\n$reuse");
is($error, '', 'with feedback to the primary it goes on');
is_deeply([ sort { $a <=> $b } @rows ], [ 1 .. 700 ], 'and it returns each row that it sees once');
ok(is_valid($_, 't_v'), 'the index is valid on the ' . $_->name) for $primary, $standby;
$standby->stop;
$primary->stop;

done_testing();
