# A table with an index receives changes by logical replication: the initial copy, and then what the publisher does.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = new_server('publisher', undef, allows_streaming => 'logical');
my $subscriber = new_server('subscriber');
fill_table($publisher, 't', 2000, 8, 0.9);
$publisher->safe_psql('postgres', 'CREATE PUBLICATION p FOR TABLE t');
$subscriber->safe_psql('postgres', 'CREATE TABLE t (id integer PRIMARY KEY, v real[]); CREATE INDEX t_v ON t USING hnsw (v) WITH (dim = 8)');
$subscriber->safe_psql('postgres',
	"CREATE SUBSCRIPTION s CONNECTION '" . $publisher->connstr . " dbname=postgres' PUBLICATION p");
$subscriber->wait_for_subscription_sync($publisher, 's');

sub check
{
	my ($when) = @_;
	$publisher->wait_for_catchup('s');
	my $digest = 'SELECT count(*), md5(string_agg(id || v::text, \' \' ORDER BY id)) FROM t';
	is($subscriber->safe_psql('postgres', $digest), $publisher->safe_psql('postgres', $digest), "the rows are there $when");
	ok(is_valid($subscriber, 't_v'), "the index is valid $when");
	is( $subscriber->safe_psql('postgres', q{SET enable_seqscan = off; SET enable_sort = off;
		SELECT count(*) = (SELECT count(*) FROM t) AND count(DISTINCT id) = count(*) FROM (SELECT id FROM t ORDER BY v <-> '{0,0,0,0,0,0,0,0}') x}),
		't', "a scan returns each row once $when");
	finds_rows($subscriber, 't', "each row is found $when");
	return;
}

check('after the initial copy');
$publisher->safe_psql('postgres', q{
	INSERT INTO t SELECT id + 10000, (SELECT array_agg(x + 2) FROM unnest(v) x) FROM t WHERE id <= 300;
	UPDATE t SET v = (SELECT array_agg(x - 2) FROM unnest(v) x) WHERE id % 7 = 0;
	DELETE FROM t WHERE id % 5 = 0});
check('after inserts, updates and deletes');
$subscriber->safe_psql('postgres', 'VACUUM t');
check('after a vacuum');
my ($status, undef, $stderr) = $subscriber->psql('postgres', q{INSERT INTO t VALUES (-1, '{1,2}')});
like($stderr, qr/Wrong number of dimensions/, 'the index still refuses what it must');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION s');
$subscriber->stop;
$publisher->stop;

done_testing();
