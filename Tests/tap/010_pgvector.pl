# Beside pgvector, which has an access method hnsw and settings hnsw.* of its own, both extensions work.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($sharedir) = run_command([ 'pg_config', '--sharedir' ]);
plan skip_all => 'pgvector is not installed' unless -e "$sharedir/extension/vector.control";

my $node = new_server('pgvector');
$node->safe_psql('postgres', 'DROP EXTENSION lantern; CREATE EXTENSION vector');
my ($status, undef, $stderr) = $node->psql('postgres', 'CREATE EXTENSION lantern');
is($status, 0, 'lantern is created beside pgvector');
like($stderr, qr/NOTICE: .*"hnsw" already exists.*"lantern_hnsw"/, 'a notice says which access method to use');
$node->safe_psql(
	'postgres', q{
	CREATE TABLE t (id integer, v real[], w vector(3));
	INSERT INTO t SELECT i, x, x::vector FROM generate_series(1, 5000) i, LATERAL (SELECT ARRAY[i % 13, i % 17, i]::real[] AS x) y;
	CREATE INDEX t_v ON t USING lantern_hnsw (v);
	CREATE INDEX t_w ON t USING hnsw (w vector_l2_ops);
	ANALYZE t});
for my $order ('lantern first', 'pgvector first')
{
	# Each library is loaded by what uses it first.
	my @loads = ("SELECT '{1}'::real[] <-> '{2}'", "SELECT '[1]'::vector <-> '[2]'");
	@loads = reverse @loads if $order eq 'pgvector first';
	my $answer = $node->safe_psql(
		'postgres', join ';', @loads, 'SET hnsw.ef_search = 50', 'SET lantern_hnsw.ef = 50', 'SET hnsw.ef = 60',
		'SHOW lantern_hnsw.ef', 'SHOW hnsw.ef_search',
		"SELECT id FROM t ORDER BY v <-> '{1,1,1}' LIMIT 1", "SELECT id FROM t ORDER BY w <-> '[1,1,1]' LIMIT 1");
	is($answer, "1\n1\n60\n50\n1\n1", "settings and searches of both work with $order");
}
my $plan = sub { $node->safe_psql('postgres', "EXPLAIN SELECT id FROM t ORDER BY $_[0] LIMIT 5") };
like($plan->("v <-> '{1,2,3}'"), qr/Index Scan using t_v/, 'a real[] is searched by our index');
like($plan->("w <-> '[1,2,3]'"), qr/Index Scan using t_w/, 'a vector is searched by that of pgvector');
($status) = $node->psql('postgres', 'DROP TABLE t; DROP EXTENSION vector; DROP EXTENSION lantern; CREATE EXTENSION lantern');
is($status, 0, 'each can be dropped');
is($node->safe_psql('postgres', "SELECT string_agg(amname, ' ' ORDER BY amname) FROM pg_am WHERE amname ~ 'hnsw'"),
	'hnsw lantern_hnsw', 'without pgvector, lantern has both names');
$node->stop;

done_testing();
