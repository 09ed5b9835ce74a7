# A byte of an index file that is flipped gives an error or a harmless answer: never a crash, and never a loop without end.
#
# Three hundred tables have one damaged byte each, with checksums off, as the server would find most of them otherwise.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use constant { TABLES => 300, BLOCK => 8192, SEED => 28 };

# Checksums are on unless told otherwise from PostgreSQL 18 on, where the option that turns them off came too.
my ($major) = `postgres --version` =~ / (\d+)/;
my $node = new_server('corruption', "restart_after_crash = on\nlog_statement = none\n",
	extra => $major >= 18 ? ['--no-data-checksums'] : []);
fill_table($node, 'source', 260, 6, 0.7);
$node->safe_psql(
	'postgres', qq{
	INSERT INTO source SELECT 1000 + i, '{1,1,1,1,1,1}' FROM generate_series(1, 40) i;
	DO \$\$ BEGIN
		FOR i IN 1..@{[TABLES]} LOOP
			EXECUTE format('CREATE TABLE t%1\$s AS TABLE source; CREATE INDEX i%1\$s ON t%1\$s USING hnsw (v) WITH (m = %2\$s, quant_bits = %3\$s)',
				i, 3 + i % 5, (ARRAY[8, 16, 32])[1 + i % 3]);
			EXECUTE format('DELETE FROM t%s WHERE id BETWEEN 50 AND 80', i);
		END LOOP;
	END \$\$});
# Half of them have free slots in the file, the other half dead rows that a vacuum will find.
$node->safe_psql('postgres', 'VACUUM ' . join ', ', map { "t$_" } grep { $_ % 2 } 1 .. TABLES);
my %file = split /[|\n]/, $node->safe_psql('postgres',
	"SELECT relname, pg_relation_filepath(oid) FROM pg_class WHERE relname ~ '^i[0-9]+\$'");
$node->stop;

srand(SEED);
my %damage;
for my $index (sort keys %file)
{
	my $path = $node->data_dir . '/' . $file{$index};
	my $blocks = (-s $path) / BLOCK;
	# A fifth each goes to the meta page's values, and to the page headers and special areas; the rest is anywhere.
	my $kind = int(rand(5));
	my $block = $kind == 0 ? 0 : int(rand($blocks));
	my $offset =
		$kind == 0 ? 24 + int(rand(120))
	  : $kind == 1 ? (rand() < 0.5 ? 8 + int(rand(16)) : BLOCK - 1 - int(rand(16)))
	  :              8 + int(rand(BLOCK - 8));
	# The first eight bytes, the page's log position, are the server's own business with any file.
	open my $handle, '+<:raw', $path or die "$path: $!";
	seek $handle, $block * BLOCK + $offset, 0;
	read $handle, my $byte, 1;
	# On the meta page small numbers are the likeliest to pass for a block or a count.
	my $flipped = $kind == 0 && rand() < 0.5 ? chr(int(rand(8))) : $byte;
	$flipped = chr(ord($byte) ^ (rand() < 0.5 ? 1 << int(rand(8)) : 1 + int(rand(255)))) if $flipped eq $byte;
	seek $handle, $block * BLOCK + $offset, 0;
	print $handle $flipped;
	close $handle or die "$path: $!";
	$damage{$index} = sprintf 'block %d offset %d: %d to %d', $block, $offset, ord($byte), ord($flipped);
}

$node->start;
my (%outcomes, @crashed, @endless, @unclear);
for my $i (1 .. TABLES)
{
	my @statements = (
		"SELECT count(*) FROM (SELECT id FROM t$i ORDER BY v <-> '{0.5,0.5,0.5,0.5,0.5,0.5}' LIMIT 20) x",
		"SELECT count(*) FROM (SELECT id FROM t$i ORDER BY v <-> '{0.1,0.5,0.9,0.1,0.5,0.9}') x",
		"SELECT _lantern_internal.validate_index('i$i', false)",
		"INSERT INTO t$i SELECT 2000 + id, v FROM source WHERE id % 7 = 0 OR id > 1030",
		"DELETE FROM t$i WHERE id % 3 = 0",
		"VACUUM t$i",
		"INSERT INTO t$i SELECT 3000 + id, v FROM source WHERE id % 5 = 0",
		"SELECT count(*) FROM (SELECT id FROM t$i ORDER BY v <-> '{0.5,0.5,0.5,0.5,0.5,0.5}') x",
		"DROP TABLE t$i");
	my ($stderr, $is_stuck) = ('', 0);
	my ($status) = $node->psql(
		'postgres', join(";\n", "SET enable_seqscan = off", "SET statement_timeout = '20s'", @statements, ''),
		on_error_stop => 0, stderr => \$stderr, timeout => 60, timed_out => \$is_stuck);
	my $what = "i$i, $damage{\"i$i\"}";
	if ($is_stuck)
	{
		# Whoever waits for a lock that it holds itself cannot be cancelled.
		push @endless, $what;
		$node->stop('immediate');
		$node->start;
		next;
	}
	if ($status != 0)
	{
		push @crashed, $what;
		$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	}
	push @endless, $what if $stderr =~ /statement timeout/;
	push @unclear, "$what: $1" if $stderr =~ /ERROR:  ((?:invalid memory alloc|cache lookup|out of memory).*)/;
	$outcomes{ $stderr =~ /ERROR/ ? 'errors' : 'harmless answers' }++;
}
note("$outcomes{$_} with $_") for sort keys %outcomes;
is_deeply(\@crashed, [], 'no flipped byte crashes a backend');
is_deeply(\@endless, [], 'no flipped byte makes a statement run without end');
is_deeply(\@unclear, [], 'no flipped byte makes an index ask for absurd memory');
cmp_ok($outcomes{errors} // 0, '>', 10, 'some of the damage is noticed');
my @reported = grep { /terminated by signal|PANIC/ } split /\n/, slurp_file($node->logfile);
is_deeply(\@reported, [], 'the log knows of no crash');

# What cannot be overlooked: the meta page as a whole, and a file cut short.
my @statements = ("SELECT id FROM t ORDER BY v <-> '{0,0,0,0,0,0}' LIMIT 3",
	"SELECT _lantern_internal.validate_index('t_v')", "INSERT INTO t VALUES (5000, '{0,0,0,0,0,0}')");
$node->safe_psql('postgres', 'CREATE TABLE t AS TABLE source; CREATE INDEX t_v ON t USING hnsw (v)');
my $path = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t_v')");
my $intact;
for my $damage ('zeroed', 'random', 'cut')
{
	$node->stop;
	$intact //= slurp_file($path);
	my $bytes = $intact;
	substr($bytes, 24, 500) = "\0" x 500 if $damage eq 'zeroed';
	substr($bytes, 24, 500) = join '', map { chr(int(rand(256))) } 1 .. 500 if $damage eq 'random';
	$bytes = substr($bytes, 0, BLOCK) if $damage eq 'cut';
	open my $handle, '>:raw', $path or die "$path: $!";
	print $handle $bytes;
	close $handle;
	$node->start;
	for my $statement (@statements)
	{
		my ($status, undef, $stderr) = $node->psql('postgres', "SET enable_seqscan = off; $statement");
		my ($verb) = $statement =~ /^(\w+ \w+)/;
		is($status, 3, "$verb notices an index that is $damage");
		like($stderr, qr/ERROR: .*(corrupted|could not read block)/s, "... and says so");
	}
}
$node->safe_psql('postgres', 'REINDEX INDEX t_v');
ok(is_valid($node, 't_v'), 'REINDEX makes a damaged index whole');
$node->stop;

done_testing();
