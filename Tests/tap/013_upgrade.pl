# pg_upgrade from an older major keeps an index's file, and the index goes on from there. LANTERN_OLD_BINDIR names the programs of
# an older installation that has the extension.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = $ENV{LANTERN_OLD_BINDIR};
plan skip_all => 'LANTERN_OLD_BINDIR does not name an older installation' unless $old;

my $data = PostgreSQL::Test::Utils::tempdir . '/old';
my $socket = PostgreSQL::Test::Utils::tempdir_short;
command_ok([ "$old/initdb", '-D', $data, '-A', 'trust', '-N' ], 'a cluster of the older major is made');
command_ok([ "$old/pg_ctl", '-D', $data, '-w', '-l', "$data.log", '-o', "-c listen_addresses='' -c unix_socket_directories=$socket -p 65431", 'start' ],
	'it starts');
my $fill = q{
	CREATE EXTENSION lantern;
	CREATE TABLE t (id integer PRIMARY KEY, v real[]);
	SELECT setseed(0.5);
	INSERT INTO t SELECT id, (SELECT array_agg(random() + 0 * id * j) FROM generate_series(1, 16) j) FROM generate_series(1, 2000) id;
	CREATE INDEX t_v ON t USING hnsw (v) WITH (quant_bits = 8);
	CREATE INDEX t_c ON t USING lantern_hnsw (v dist_cos_ops) WITH (dim = 16);
	DELETE FROM t WHERE id % 10 = 0;
	-- 15.20 of Debian marks every column with an option that no other major knows, and so can upgrade no table.
	UPDATE pg_attribute SET attoptions = NULL WHERE attrelid = 't'::regclass AND attoptions::text LIKE '%pg_attver=%'};
command_ok([ 'psql', '-X', '-h', $socket, '-p', 65431, '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-c', $fill ], 'it has an index');
command_ok([ "$old/pg_ctl", '-D', $data, '-w', '-m', 'fast', 'stop' ], 'it stops');

my $new = PostgreSQL::Test::Cluster->new('upgraded');
$new->init($new->pg_version >= 18 ? (extra => ['--no-data-checksums']) : ());
my ($bindir) = run_command([ 'pg_config', '--bindir' ]);
chdir $new->basedir;
command_ok([ 'pg_upgrade', '-b', $old, '-B', $bindir, '-d', $data, '-D', $new->data_dir, '-s', $socket, '-p', 65432, '-P', 65433, '--copy' ],
	'pg_upgrade succeeds') or diag(map { slurp_file($_) } glob $new->data_dir . '/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log');
$new->start;
for my $index ('t_v', 't_c')
{
	ok(is_valid($new, $index), "the pages of $index are valid in the newer major");
}
is($new->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname IN ('t_v', 't_c') AND relam IN (SELECT oid FROM pg_am WHERE amname ~ 'hnsw')"),
	2, 'they are indexes of ours');
finds_rows($new, 't', 'each row is found');
$new->safe_psql('postgres', 'VACUUM t');
$new->safe_psql('postgres', 'INSERT INTO t SELECT id + 10000, v FROM t WHERE id % 9 = 0');
ok(is_valid($new, 't_v'), 'the index takes vacuum and inserts');
is($new->safe_psql('postgres', 'SELECT extversion = default_version FROM pg_extension JOIN pg_available_extensions ON name = extname WHERE extname = \'lantern\''),
	't', 'the extension is there');
$new->safe_psql('postgres', 'DROP TABLE t; DROP EXTENSION lantern');
$new->stop;

done_testing();
