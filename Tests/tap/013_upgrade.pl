# pg_upgrade takes the files of indexes over as they are: the old pages are searched, written to and vacuumed afterwards.
#
# The old server is this one again, or the one whose programs are in LANTERN_OLD_BINDIR, which must have the extension too.
use strict;
use warnings;
use File::Basename;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A cluster of this installation or another that is like the others in all that pg_upgrade compares.
sub new_cluster
{
	my ($name, %params) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name, %params);
	my ($version) = $node->pg_version =~ /^(\d+)/;
	$node->init(extra => [ '--locale=C', '--encoding=UTF8', $version >= 18 ? '--no-data-checksums' : () ]);
	$node->append_conf('postgresql.conf', "autovacuum = off\njit = off\nmax_prepared_transactions = 0\n");
	return $node;
}

my $bindir = $ENV{LANTERN_OLD_BINDIR} || undef;
my $new = new_cluster('new');
my $old = new_cluster('old', $bindir ? (install_path => dirname($bindir)) : ());
note('from ' . $old->pg_version . ' to ' . $new->pg_version);

$old->start;
$old->safe_psql('postgres', 'CREATE EXTENSION lantern');
fill_table($old, 't', 1500, 8, 0.3);
$old->safe_psql(
	'postgres', q{
	CREATE INDEX t_v ON t USING hnsw (v) WITH (m = 6, quant_bits = 8);
	CREATE INDEX t_cos ON t USING lantern_hnsw (v dist_cos_ops) WITH (dim = 8);
	CREATE INDEX t_part ON t USING lantern_hnsw (v) WITH (dim = 8, quant_bits = 32) WHERE id % 2 = 0;
	INSERT INTO t SELECT id + 5000, (SELECT array_agg(x + 1) FROM unnest(v) x) FROM t WHERE id <= 500;
	DELETE FROM t WHERE id % 10 = 0});
$old->safe_psql('postgres', 'VACUUM t');
$old->safe_psql('postgres', 'DELETE FROM t WHERE id % 10 = 1');
# Indexes that hold nothing: of known dimensions, of ones that a row told once, of a partitioned and of an unlogged table.
$old->safe_psql(
	'postgres', q{
	CREATE TABLE nothing (id integer, v real[]);
	CREATE INDEX nothing_v ON nothing USING hnsw (v) WITH (dim = 2);
	CREATE TABLE emptied (id integer, v real[]);
	INSERT INTO emptied VALUES (1, '{1,2}');
	CREATE INDEX emptied_v ON emptied USING hnsw (v);
	TRUNCATE emptied;
	CREATE TABLE parts (id integer, v real[]) PARTITION BY HASH (id);
	CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO parts SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 200) i;
	CREATE INDEX parts_v ON parts USING hnsw (v);
	CREATE UNLOGGED TABLE unlogged (id integer, v real[]);
	INSERT INTO unlogged SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 200) i;
	CREATE INDEX unlogged_v ON unlogged USING hnsw (v);
	CREATE MATERIALIZED VIEW seen AS SELECT id, v FROM parts;
	CREATE INDEX seen_v ON seen USING hnsw (v)});

my $searches = q{SET enable_seqscan = off; SET enable_sort = off;
	SELECT q.id, (SELECT string_agg(id::text, ' ') FROM (SELECT id FROM t ORDER BY v <-> q.v LIMIT 10) x),
		(SELECT string_agg(id::text, ' ') FROM (SELECT id FROM t WHERE id % 2 = 0 ORDER BY v <-> q.v LIMIT 10) x)
	FROM t q WHERE id % 100 = 2 ORDER BY q.id};
my $indexes = q{SELECT c.relname, pg_relation_size(c.oid), reloptions, amname, indisvalid, indexdef FROM pg_class c
	JOIN pg_am a ON a.oid = relam JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_indexes d ON d.indexname = c.relname
	WHERE amname ~ 'hnsw' ORDER BY 1};
# PostgreSQL 15.20 of Debian marks every column with an option that no other major knows, and so can upgrade no table.
$old->safe_psql('postgres', q{UPDATE pg_attribute SET attoptions = NULL WHERE attoptions::text LIKE '%pg_attver=%'});
my $found = $old->safe_psql('postgres', $searches);
my $defined = $old->safe_psql('postgres', $indexes);
$old->stop;

my @command = (
	'pg_upgrade', '--no-sync', '--old-datadir' => $old->data_dir, '--new-datadir' => $new->data_dir,
	'--old-bindir' => $bindir // $new->config_data('--bindir'), '--new-bindir' => $new->config_data('--bindir'),
	'--socketdir' => $new->host, '--old-port' => $old->port, '--new-port' => $new->port);
my $folder = PostgreSQL::Test::Utils::tempdir;
chdir $folder or die "cannot go to $folder";
command_ok(\@command, 'pg_upgrade succeeds');
Test::More->builder->is_passing
  or die(join '', map { slurp_file($_) } glob $new->data_dir . '/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log');

$new->start;
is($new->safe_psql('postgres', $indexes), $defined, 'the indexes are the same, and of the same size');
my @names = map { (split /\|/)[0] } split /\n/, $new->safe_psql('postgres', $indexes);
ok(is_valid($new, $_), "$_ is valid") for @names;
is($new->safe_psql('postgres', $searches), $found, 'searches find the same rows');
finds_rows($new, $_, "each row of $_ is found") for qw(t parts unlogged seen);

# The extension is brought up to date, if it was an older one, and the old pages are written to.
$new->safe_psql('postgres', 'ALTER EXTENSION lantern UPDATE');
$new->safe_psql(
	'postgres', q{
	INSERT INTO t SELECT id + 10000, (SELECT array_agg(x - 1) FROM unnest(v) x) FROM t WHERE id <= 500;
	INSERT INTO parts SELECT i, ARRAY[i, i % 7] FROM generate_series(201, 400) i;
	INSERT INTO unlogged SELECT i, ARRAY[i, i % 7] FROM generate_series(201, 400) i;
	INSERT INTO nothing SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 200) i;
	INSERT INTO emptied SELECT i, ARRAY[i, i % 7, 1] FROM generate_series(1, 200) i;
	DELETE FROM t WHERE id % 10 = 2});
$new->safe_psql('postgres', "VACUUM $_") for qw(t parts unlogged);
$new->safe_psql('postgres', 'INSERT INTO t SELECT id + 20000, (SELECT array_agg(x - 2) FROM unnest(v) x) FROM t WHERE id <= 500');
ok(is_valid($new, $_), "$_ is valid after changes") for @names;
finds_rows($new, $_, "each row of $_ is found after changes") for qw(t parts unlogged nothing emptied);
$new->safe_psql('postgres', 'REINDEX DATABASE postgres');
finds_rows($new, $_, "each row of $_ is found after a rebuild") for qw(t parts unlogged nothing emptied);
$new->stop;

done_testing();
