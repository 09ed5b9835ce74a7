# An unlogged table is empty after a crash, and so is its index; after an orderly restart both are as they were.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('unlogged');
$node->safe_psql(
	'postgres', q{
	CREATE UNLOGGED TABLE t (id integer, v real[]);
	CREATE INDEX t_v ON t USING hnsw (v) WITH (dim = 2);
	CREATE UNLOGGED TABLE built (id integer, v real[]);
	INSERT INTO built SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 300) i;
	-- without dim: the empty index after a crash must still know it
	CREATE INDEX built_v ON built USING hnsw (v)});

for my $crash (0, 1)
{
	$node->safe_psql('postgres', 'TRUNCATE t; INSERT INTO t SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 300) i');
	my $how = $crash ? 'a crash' : 'a restart';
	$node->stop($crash ? 'immediate' : 'fast');
	$node->start;
	for my $table ('t', 'built')
	{
		is( $node->safe_psql('postgres', "SET enable_seqscan = off; SELECT count(*) FROM (SELECT id FROM $table ORDER BY v <-> '{0,0}') x"),
			$crash ? 0 : 300, "the rows of $table after $how");
		ok(is_valid($node, "${table}_v"), "the index of $table is valid after $how");
	}
}
for my $table ('t', 'built')
{
	$node->safe_psql('postgres', "INSERT INTO $table SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 300) i");
	finds_rows($node, $table, "each row inserted into $table after the crash is found");
	ok(is_valid($node, "${table}_v"), "the index of $table is valid after inserts");
}
$node->stop;

done_testing();
