# A streaming standby answers every query as its primary does, and takes over from it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Every replayed page is compared with the image that the primary sent.
my $primary = new_server('primary', "wal_consistency_checking = 'all'\n", allows_streaming => 1);
fill_table($primary, 'before', 1000, 8, 0.1);
$primary->safe_psql('postgres', 'CREATE INDEX before_v ON before USING hnsw (v) WITH (m = 6)');
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

fill_table($primary, 'after', 1500, 8, 0.2);
$primary->safe_psql(
	'postgres', q{
	CREATE INDEX after_v ON after USING lantern_hnsw (v) WITH (quant_bits = 8);
	-- equal vectors, so that chains of TIDs are replayed too
	INSERT INTO before SELECT 10000 + i, '{1,2,3,4,5,6,7,8}' FROM generate_series(1, 300) i;
	INSERT INTO before SELECT 20000 + id, v FROM after WHERE id <= 500;
	DELETE FROM before WHERE id % 3 = 0});
$primary->safe_psql('postgres', 'VACUUM before');
$primary->safe_psql('postgres', 'INSERT INTO before SELECT 30000 + id, v FROM after WHERE id > 700');

sub answers
{
	my ($node, $table) = @_;
	return $node->safe_psql(
		'postgres', qq{
		SET enable_seqscan = off;
		SELECT q.id, (SELECT string_agg(id::text, ' ') FROM (SELECT id FROM $table ORDER BY v <-> q.v LIMIT 10) x)
		FROM after q WHERE q.id % 50 = 0 ORDER BY q.id});
}

sub same_answers
{
	my ($when) = @_;
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('write'));
	for my $table ('before', 'after')
	{
		my $expected = answers($primary, $table);
		is(() = $expected =~ /\n/g, 29, "thirty queries of $table are answered $when");
		is(answers($standby, $table), $expected, "the standby answers as the primary from $table $when");
		ok(is_valid($standby, "${table}_v"), "the standby's index of $table is valid $when");
	}
}

same_answers('at first');
my $plan = $standby->safe_psql('postgres',
	"SET enable_seqscan = off; EXPLAIN SELECT id FROM before ORDER BY v <-> '{1,2,3,4,5,6,7,8}' LIMIT 3");
like($plan, qr/Index Scan using before_v/, 'the standby uses the index');

$primary->safe_psql('postgres', 'REINDEX INDEX before_v; UPDATE after SET id = id + 100000 WHERE id % 2 = 0');
$primary->safe_psql('postgres', 'VACUUM after');
same_answers('after REINDEX, updates and vacuum');

$standby->restart;
same_answers('after a restart of the standby');

$primary->stop('immediate');
$standby->promote;
$standby->safe_psql('postgres', "INSERT INTO before VALUES (999999, '{9,9,9,9,9,9,9,9}')");
is($standby->safe_psql('postgres', "SET enable_seqscan = off; SELECT id FROM before ORDER BY v <-> '{9,9,9,9,9,9,9,9}' LIMIT 1"),
	'999999', 'the promoted standby takes inserts');
$standby->safe_psql('postgres', 'DELETE FROM before WHERE id < 500');
$standby->safe_psql('postgres', 'VACUUM before');
ok(is_valid($standby, 'before_v'), 'the promoted standby vacuums');
$standby->stop;

done_testing();
