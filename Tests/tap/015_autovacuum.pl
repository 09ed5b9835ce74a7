# Autovacuum removes the nodes of deleted rows by itself, and their space is used again.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('autovacuum', "autovacuum = on\nautovacuum_naptime = 1s\n");
$node->safe_psql(
	'postgres', q{
	CREATE TABLE t (id integer PRIMARY KEY, v real[]) WITH (autovacuum_enabled = off,
		autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
	INSERT INTO t SELECT i, ARRAY[i, i % 7, i % 11] FROM generate_series(1, 2000) i;
	CREATE INDEX t_v ON t USING hnsw (v)});
my $size = $node->safe_psql('postgres', q{SELECT pg_relation_size('t_v')});

# Has autovacuum run on the table, and waits for its end: the table is changed while it is off.
sub autovacuum
{
	my ($changes) = @_;
	$node->safe_psql('postgres', $changes);
	my $before = $node->safe_psql('postgres', q{SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 't'});
	$node->safe_psql('postgres', 'ALTER TABLE t SET (autovacuum_enabled = on)');
	wait_until($node, "SELECT autovacuum_count > $before FROM pg_stat_user_tables WHERE relname = 't'");
	$node->safe_psql('postgres', 'ALTER TABLE t SET (autovacuum_enabled = off)');
	return;
}

for my $round (1 .. 3)
{
	autovacuum('DELETE FROM t WHERE id <= 1000');
	ok(is_valid($node, 't_v'), "the index is valid after autovacuum, round $round");
	finds_rows($node, 't', "each remaining row is found, round $round");
	$node->safe_psql('postgres', "INSERT INTO t SELECT i, ARRAY[i + $round, i % 7, i % 11] FROM generate_series(1, 1000) i");
	ok(is_valid($node, 't_v'), "the index is valid after inserts into what autovacuum freed, round $round");
	finds_rows($node, 't', "each row is found, round $round");
}
cmp_ok($node->safe_psql('postgres', q{SELECT pg_relation_size('t_v')}), '<', 2 * $size, 'freed space is used again');

# Workers come while clients write and search, and make way for who needs the table.
$node->safe_psql('postgres', 'ALTER TABLE t SET (autovacuum_enabled = on); CREATE SEQUENCE ids START 10000;
	ALTER DATABASE postgres SET enable_seqscan = off');
my $script = $node->basedir . '/churn.sql';
append_to_file($script, <<'END');
\set low random(1, 2000)
INSERT INTO t SELECT nextval('ids'), ARRAY[random() * 2000, random() * 7, random() * 11] FROM generate_series(1, 10);
DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY v <-> ARRAY[:low, 3, 3] LIMIT 10 FOR UPDATE SKIP LOCKED);
END
my $before = $node->safe_psql('postgres', q{SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 't'});
$node->command_ok([ 'pgbench', '-n', '-c', 3, '-t', 150, '-f', $script, $node->connstr('postgres') ], 'clients write and search');
wait_until($node, "SELECT autovacuum_count > $before FROM pg_stat_user_tables WHERE relname = 't'");
$node->safe_psql('postgres', 'REINDEX INDEX CONCURRENTLY t_v; ALTER TABLE t ADD COLUMN n integer');
ok(is_valid($node, 't_v'), 'the index is valid after all');
finds_rows($node, 't', 'each row is found after all');
$node->stop;

done_testing();
