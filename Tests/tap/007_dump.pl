# pg_dump and pg_restore keep the extension, its indexes and their options.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('dump');
fill_table($node, 't', 500, 5, 0.9);
$node->safe_psql(
	'postgres', q{
	CREATE INDEX t_v ON t USING hnsw (v) WITH (dim = 5, m = 8, ef_construction = 64, ef = 100, quant_bits = 32);
	CREATE INDEX t_part ON t USING lantern_hnsw (v dist_l2sq_ops) WITH (quant_bits = 8) WHERE id < 100;
	-- cannot be built after the data are there unless its options say the dimensions
	CREATE TABLE nothing (v real[]);
	CREATE INDEX nothing_v ON nothing USING hnsw (v) WITH (dim = 7)});

my %commands = (
	plain => [ [ 'pg_dump', '-f', 'FILE', 'postgres' ], [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', 'FILE', '-d', 'plain' ] ],
	custom => [ [ 'pg_dump', '-Fc', '-f', 'FILE', 'postgres' ], [ 'pg_restore', '-j', 2, '-d', 'custom', 'FILE' ] ]);
my $indexes = q{SELECT indexdef FROM pg_indexes WHERE tablename IN ('t', 'nothing') ORDER BY indexname};
my $search = q{SET enable_seqscan = off;
	SELECT string_agg(id::text, ' ') FROM (SELECT id FROM t ORDER BY v <-> '{0.5,0.5,0.5,0.5,0.5}' LIMIT 20) x};
for my $format (sort keys %commands)
{
	my $file = $node->basedir . "/dump.$format";
	$node->safe_psql('postgres', "CREATE DATABASE $format");
	for my $command (@{ $commands{$format} })
	{
		$node->command_ok([ map { s/FILE/$file/r } @$command ], "$command->[0] of format $format");
	}
	is($node->safe_psql($format, $indexes), $node->safe_psql('postgres', $indexes), "the indexes are the same from format $format");
	is($node->safe_psql($format, $search), $node->safe_psql('postgres', $search), "a search finds the same from format $format");
	is( $node->safe_psql($format, q{SELECT count(_lantern_internal.validate_index(c.oid, false)) FROM pg_class c JOIN pg_am a ON a.oid = relam
		WHERE amname ~ 'hnsw' AND relkind = 'i'}), 3, "the indexes are valid from format $format");
}
unlike(slurp_file($node->basedir . '/dump.plain'), qr/l2sq_dist|ACCESS METHOD/, 'the extension is dumped as one');
$node->stop;

done_testing();
