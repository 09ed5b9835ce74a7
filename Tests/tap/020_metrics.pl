# Searches by the cosine and the Hamming distance use the index, find what exact search finds, and return it in the exact order.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('metrics', "maintenance_work_mem = 256MB\n");

sub check
{
	my ($table, $operator, $what) = @_;
	my $plan = $node->safe_psql('postgres',
		"EXPLAIN SELECT id FROM $table ORDER BY v $operator (SELECT v FROM ${table}_q LIMIT 1) LIMIT 10");
	like($plan, qr/^Limit.*^  ->  Index Scan using ${table}_v on $table /ms, "the plan is an Index Scan $what");
	my ($recall, $inversions) = recall($node, $table, "${table}_q", 10, $operator);
	note("recall\@10 $what: $recall");
	cmp_ok($recall, '>=', 0.95, "recall\@10 is at least 0.95 $what");
	is($inversions, 0, "the order is that of the true distances $what");
	ok(is_valid($node, "${table}_v"), "the index is valid $what");
}

# Directions of clustered vectors, some of them multiples of each other.
fill_table($node, 'c', 10000, 24, 0.2);
$node->safe_psql('postgres', q{
	UPDATE c SET v = (SELECT array_agg((x - 0.5) * (1 + id % 7)) FROM unnest(v) x);
	CREATE TABLE c_q AS SELECT id, (SELECT array_agg(x + 0.05 * sin(id + x)) FROM unnest(v) x)::real[] AS v FROM c WHERE id % 101 = 0});
for my $bits (8, 16, 32)
{
	$node->safe_psql('postgres', "CREATE INDEX c_v ON c USING hnsw (v dist_cos_ops) WITH (quant_bits = $bits)");
	check('c', '<=>', "by cosine with quant_bits $bits");
	$node->safe_psql('postgres', 'DROP INDEX c_v');
}

# Random codes of 256 bits; ten of them near each query, and nothing else nearer than any two codes are.
$node->safe_psql('postgres', q{
	SELECT setseed(0.3);
	CREATE FUNCTION word() RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT (random() * 4294967295 - 2147483648)::bigint::integer $$;
	CREATE FUNCTION code() RETURNS integer[] LANGUAGE sql VOLATILE
		AS $$ SELECT ARRAY[word(), word(), word(), word(), word(), word(), word(), word()] $$;
	CREATE TABLE h_q AS SELECT id, code() AS v FROM generate_series(1, 100) id;
	CREATE TABLE h AS SELECT id, code() AS v FROM generate_series(1, 20000) id;
	-- Three random words in common leave about one bit of eight set.
	INSERT INTO h SELECT 100000 + h_q.id * 10 + i, (SELECT array_agg(x # (word() & word() & word())) FROM unnest(v) x)
		FROM h_q, generate_series(0, 9) i;
	CREATE INDEX h_v ON h USING hnsw (v dist_hamming_ops);
	ANALYZE h});
check('h', '<+>', 'by differing bits');
$node->safe_psql('postgres', 'DELETE FROM h WHERE id % 3 = 0; INSERT INTO h SELECT id + 1000000, v FROM h_q');
$node->safe_psql('postgres', 'VACUUM h');
check('h', '<+>', 'by differing bits after a vacuum');
is( $node->safe_psql('postgres', 'SET enable_seqscan = off; SELECT count(*) FROM h_q q WHERE q.id + 1000000 <> (SELECT h.id FROM h ORDER BY h.v <+> q.v LIMIT 1)'),
	0, 'each inserted code is found first');
$node->stop;

done_testing();
