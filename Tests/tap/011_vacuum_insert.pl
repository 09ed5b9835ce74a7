# Rows that come while vacuum removes most others are found afterwards, and a scan ends however many rows come meanwhile.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('vacuum_insert');
fill_table($node, 't', 8000, 16, 0.6);
$node->safe_psql('postgres', 'CREATE TABLE later AS SELECT id + 10000 AS id, v FROM t WHERE id > 6000');
$node->safe_psql('postgres', 'DELETE FROM t WHERE id > 6000; CREATE INDEX i ON t USING hnsw (v); DELETE FROM t WHERE id > 20');

# A vacuum that is cancelled leaves nodes marked, one that runs on removes them while the rows come.
start_psql($node, q{SET statement_timeout = '30ms'}, 'VACUUM t')->finish;
my $vacuum = start_psql($node, 'VACUUM t');
$node->safe_psql('postgres', 'INSERT INTO t SELECT * FROM later');
$vacuum->finish;
$node->safe_psql('postgres', 'VACUUM t');
finds_rows($node, 't', 'every row that came during vacuum is found');
ok(is_valid($node, 'i'), 'the index is valid');

# All go, and rows come before the index knows.
$node->safe_psql('postgres', 'DELETE FROM t');
$vacuum = start_psql($node, 'VACUUM t');
$node->safe_psql('postgres', 'INSERT INTO t SELECT * FROM later');
$vacuum->finish;
finds_rows($node, 't', 'every row that came while all others went is found');
ok(is_valid($node, 'i'), 'the index is valid when all rows went');

$node->safe_psql('postgres', 'CREATE SEQUENCE ids START 100000');
# A filter that nothing passes makes a scan read to its end, which must not move away.
my $inserts = start_psql($node, ('INSERT INTO t SELECT nextval(\'ids\'), v FROM later WHERE id % 7 = 3') x 40);
for my $round (1 .. 5)
{
	my ($status, $found) = $node->psql('postgres',
		q{SET enable_seqscan = off; SET enable_sort = off; SET work_mem = '64kB'; SET statement_timeout = '60s';
		SELECT count(*) FROM (SELECT id FROM t WHERE v IS NULL ORDER BY v <-> (SELECT v FROM later LIMIT 1) LIMIT 10) x});
	is("$status $found", '0 0', "scan $round ends under inserts");
}
$inserts->finish;
$node->stop;
done_testing();
