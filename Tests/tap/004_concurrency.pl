# Twelve clients insert, update, delete, search and vacuum at once. LANTERN_TEST_SECONDS says for how long; 10 when not set.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{LANTERN_TEST_SECONDS} || 10;
my $node = new_server('concurrency', "log_statement = none\nlog_min_messages = notice\n");
fill_table($node, 't', 2000, 8, 0.6);
$node->safe_psql(
	'postgres', q{
	CREATE SEQUENCE ids START 10000;
	CREATE INDEX t_v ON t USING hnsw (v) WITH (m = 6, ef_construction = 40, ef = 20);
	CREATE FUNCTION vector() RETURNS real[] LANGUAGE sql VOLATILE
		AS $$ SELECT array_agg(round(random()::numeric, 1)::real) FROM generate_series(1, 8) $$});

# One-digit components make equal vectors frequent, so that TID chains grow and shrink too.
my %scripts = (
	insert => [ 3, "INSERT INTO t VALUES (nextval('ids'), vector());" ],
	equal => [ 1, "INSERT INTO t VALUES (nextval('ids'), '{1,1,1,1,1,1,1,1}');" ],
	update => [ 3, '\set id random(1, 2000)' . "\nUPDATE t SET v = vector() WHERE id = :id;" ],
	same => [ 1, '\set id random(1, 2000)' . "\nUPDATE t SET id = id WHERE id = :id;" ],
	delete => [ 2, 'DELETE FROM t WHERE id = (SELECT min(id) FROM t WHERE id > 10000 AND random() < 0.9);' ],
	rollback => [ 1, "BEGIN; INSERT INTO t VALUES (nextval('ids'), vector()); ROLLBACK;" ],
	search => [ 6, 'SELECT id FROM t ORDER BY v <-> (SELECT vector()) LIMIT 10;' ],
	filter => [ 1, 'SELECT id FROM t WHERE id % 97 = 5 ORDER BY v <-> (SELECT vector()) LIMIT 20;' ]);
my @files;
for my $name (sort keys %scripts)
{
	my $file = $node->basedir . "/$name.sql";
	append_to_file($file, "SET enable_seqscan = off;\n$scripts{$name}[1]\n");
	push @files, '-f', "$file\@$scripts{$name}[0]";
}
my $vacuum = $node->basedir . '/vacuum.sql';
append_to_file($vacuum, "VACUUM t;\n");

sub pgbench
{
	my ($output, @options) = @_;
	return IPC::Run::start([ 'pgbench', '-n', '-T', $seconds, @options, $node->connstr('postgres') ],
		'<', \undef, '>', $output, '2>', $output);
}

my ($client_output, $vacuum_output) = ('', '');
my $clients = pgbench(\$client_output, '-c', 11, '-j', 2, @files);
my $vacuums = pgbench(\$vacuum_output, '-c', 1, '-f', $vacuum);
$clients->finish;
$vacuums->finish;
is($clients->result(0), 0, 'eleven clients work without an error') or diag($client_output);
is($vacuums->result(0), 0, 'vacuums meanwhile work without an error') or diag($vacuum_output);
my ($transactions) = $client_output =~ /number of transactions actually processed: (\d+)/;
note("$transactions transactions");
cmp_ok($transactions // 0, '>', 20 * $seconds, 'the clients get on');

ok(is_valid($node, 't_v'), 'the index is valid afterwards');
my $complete = q{SET enable_seqscan = off;
	SELECT count(DISTINCT id) = (SELECT count(*) FROM t) AND count(DISTINCT id) = count(*)
	FROM (SELECT id FROM t ORDER BY v <-> '{0,0,0,0,0,0,0,0}') x};
is($node->safe_psql('postgres', $complete), 't', 'a scan returns each row, and none twice');
$node->safe_psql('postgres', 'VACUUM t');
ok(is_valid($node, 't_v'), 'the index is valid after one more vacuum');
is($node->safe_psql('postgres', $complete), 't', 'a scan returns each row after it, and none twice');
# As many may be missed as finds_rows() allows.
is( $node->safe_psql('postgres', q{SET enable_seqscan = off; SET lantern_hnsw.ef = 200;
	SELECT count(*) FILTER (WHERE nearest > 0) <= count(*) / 1000
	FROM (SELECT v <-> (SELECT v FROM t b ORDER BY b.v <-> a.v LIMIT 1) AS nearest FROM t a) x}),
	't', 'a search for the vector of each row finds a row with it');
my @reported = grep { /(ERROR|FATAL|PANIC):|terminated by signal/ } split /\n/, slurp_file($node->logfile);
is_deeply(\@reported, [], 'the log knows of no error');
$node->stop;

done_testing();
