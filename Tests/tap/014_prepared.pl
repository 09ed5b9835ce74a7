# Transactions prepared for two-phase commit outlive a crash, and their rows come or go as they are told to in the end.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('prepared', "max_prepared_transactions = 10\n");
$node->safe_psql(
	'postgres', q{
	CREATE TABLE t (id integer PRIMARY KEY, v real[]);
	INSERT INTO t SELECT i, ARRAY[i, i % 7, 0] FROM generate_series(1, 400) i;
	CREATE INDEX t_v ON t USING hnsw (v) WITH (ef = 1000);
	CREATE TABLE emptied (id integer, v real[]);
	INSERT INTO emptied SELECT * FROM t;
	CREATE INDEX emptied_v ON emptied USING hnsw (v) WITH (ef = 1000);
	CREATE TABLE made (id integer, v real[]);
	INSERT INTO made SELECT * FROM t});

sub prepare
{
	my ($name, $changes) = @_;
	$node->safe_psql('postgres', "BEGIN; $changes; PREPARE TRANSACTION '$name'");
	return;
}

# The rows that scans of the index return, as long as they are those of exact search in its order.
sub rows
{
	my ($table) = @_;
	return $node->safe_psql(
		'postgres', qq{
		SET enable_seqscan = off; SET enable_sort = off;
		CREATE TEMP TABLE found AS
			SELECT row_number() OVER () AS rank, id FROM (SELECT id FROM $table ORDER BY v <-> '{200.2,0.1,0}') x;
		RESET ALL;
		SELECT CASE WHEN count(*) FILTER (WHERE f.id IS DISTINCT FROM e.id) = 0 THEN count(f.id)::text ELSE 'wrong' END
		FROM found f FULL JOIN (SELECT row_number() OVER (ORDER BY l2sq_dist(v, '{200.2,0.1,0}')) AS rank, id FROM $table) e USING (rank)});
}

prepare('added', q{INSERT INTO t SELECT i, ARRAY[i, i % 7, 1] FROM generate_series(401, 500) i});
prepare('dropped', q{INSERT INTO t SELECT i, ARRAY[i, i % 7, 1] FROM generate_series(501, 600) i});
prepare('deleted', q{DELETE FROM t WHERE id <= 50});
prepare('kept', q{DELETE FROM t WHERE id BETWEEN 51 AND 100});
prepare('moved', q{UPDATE t SET v = ARRAY[id, 3, 5], id = id + 1000 WHERE id BETWEEN 101 AND 150});
prepare('emptied', q{TRUNCATE emptied; INSERT INTO emptied VALUES (1, '{1,2,3}')});
prepare('made', q{CREATE INDEX made_v ON made USING hnsw (v) WITH (ef = 1000)});
is(rows('t'), 400, 'what is prepared is not seen');
$node->safe_psql('postgres', 'VACUUM t');
is(rows('t'), 400, 'vacuum leaves what is prepared alone');

$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), 7, 'the transactions are there after a crash');
is(rows('t'), 400, 'they are not seen after a crash');
ok(is_valid($node, 't_v'), 'the index is valid after a crash');
$node->safe_psql('postgres', 'INSERT INTO t SELECT i, ARRAY[i, i % 7, 2] FROM generate_series(601, 700) i');

$node->safe_psql('postgres', "COMMIT PREPARED '$_'") for qw(added deleted moved emptied made);
$node->safe_psql('postgres', "ROLLBACK PREPARED '$_'") for qw(dropped kept);
is(rows('t'), 550, 'each one ends as it was told to');
is(rows('emptied'), 1, 'a table emptied in one has its new row');
is(rows('made'), 400, 'an index made in one is of use');
$node->safe_psql('postgres', 'VACUUM t');
is(rows('t'), 550, 'vacuum removes what they deleted, and no more');
$node->stop('immediate');
$node->start;
is(rows('t'), 550, 'the same rows are there after another crash');
ok(is_valid($node, $_), "$_ is valid") for qw(t_v emptied_v made_v);
$node->stop;

done_testing();
