# Whatever gives an index another file, a crash just afterwards loses nothing: with wal_level = minimal, where much is synced
# instead of logged, and with replica, where a standby must follow. Every page has its checksum.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Each makes of a table with an index one with another file, and with the number of rows that it names.
my $more = 'INSERT INTO TABLE_NAME SELECT i, ARRAY[i, i % 7] FROM generate_series(301, 400) i';
my %changes = (
	moved => [ 300, 'ALTER INDEX TABLE_NAME_v SET TABLESPACE other' ],
	moved_all => [ 300, 'ALTER TABLE TABLE_NAME SET TABLESPACE other',
		'ALTER INDEX ALL IN TABLESPACE other SET TABLESPACE pg_default' ],
	unlogged => [ 0, 'ALTER TABLE TABLE_NAME SET UNLOGGED' ],
	logged => [ 400, 'ALTER TABLE TABLE_NAME SET UNLOGGED', $more, 'ALTER TABLE TABLE_NAME SET LOGGED' ],
	full_vacuum => [ 400, $more, 'VACUUM FULL TABLE_NAME' ],
	reindexed => [ 400, $more, 'REINDEX (TABLESPACE other) TABLE CONCURRENTLY TABLE_NAME' ],
	rewritten => [ 300, 'ALTER TABLE TABLE_NAME ADD COLUMN x double precision DEFAULT random()' ],
	emptied => [ 0, 'TRUNCATE TABLE_NAME' ],
	refilled => [ 100, "BEGIN; TRUNCATE TABLE_NAME; $more; COMMIT" ],
	refilled_late => [ 100,
		"BEGIN; TRUNCATE TABLE_NAME; SAVEPOINT s; $more; RELEASE s; REINDEX INDEX TABLE_NAME_v; COMMIT" ],
	refilled_not => [ 300, "BEGIN; TRUNCATE TABLE_NAME; $more; ROLLBACK" ],
	emptied_twice => [ 100,
		"BEGIN; TRUNCATE TABLE_NAME; SAVEPOINT s; $more; TRUNCATE TABLE_NAME; ROLLBACK TO s; $more; COMMIT" ],
	made_again => [ 400,
		"BEGIN; DROP INDEX TABLE_NAME_v; $more; CREATE INDEX TABLE_NAME_v ON TABLE_NAME USING hnsw (v) WITH (m = 5); COMMIT" ],
	moved_and_filled => [ 400, "BEGIN; ALTER INDEX TABLE_NAME_v SET TABLESPACE other; $more; COMMIT" ]);

sub check
{
	my ($node, $when, $expected) = @_;
	my %wrong;
	for my $table (sort keys %changes)
	{
		my $rows = $node->safe_psql('postgres',
			"SET enable_seqscan = off; SELECT count(DISTINCT id) FROM (SELECT id FROM $table ORDER BY v <-> '{0.2,0}') x");
		$wrong{$table} = "$rows rows" if $rows != $expected->{$table};
		$wrong{$table} = 'not valid' unless is_valid($node, "${table}_v");
		# The row that is nearest is one of those that came last, where there are such.
		next unless $rows;
		my $nearest = $node->safe_psql('postgres',
			"SET enable_seqscan = off; SELECT id FROM $table ORDER BY v <-> '{399.2,0}' LIMIT 1");
		$wrong{$table} = "$nearest is nearest" if $nearest != ($rows == 300 ? 300 : 399);
	}
	is_deeply(\%wrong, {}, "every index is whole $when");
	return;
}

for my $level ('minimal', 'replica')
{
	my $node = new_server(
		$level, "allow_in_place_tablespaces = on\n",
		extra => ['--data-checksums'],
		$level eq 'replica' ? (allows_streaming => 1) : ());
	is($node->safe_psql('postgres', 'SHOW wal_level'), $level, "wal_level is $level");
	my $standby;
	if ($level eq 'replica')
	{
		$node->backup('copy');
		$standby = PostgreSQL::Test::Cluster->new('standby');
		$standby->init_from_backup($node, 'copy', has_streaming => 1);
		$standby->start;
	}
	$node->safe_psql('postgres', q{CREATE TABLESPACE other LOCATION ''});
	for my $table (sort keys %changes)
	{
		$node->safe_psql(
			'postgres', qq{
			CREATE TABLE $table (id integer, v real[]);
			INSERT INTO $table SELECT i, ARRAY[i, i % 7] FROM generate_series(1, 300) i;
			CREATE INDEX ${table}_v ON $table USING hnsw (v) WITH (dim = 2)});
	}
	$node->safe_psql('postgres', 'CHECKPOINT');
	my %expected = map { $_ => $changes{$_}[0] } keys %changes;
	for my $table (sort keys %changes)
	{
		my (undef, @statements) = @{ $changes{$table} };
		$node->safe_psql('postgres', s/TABLE_NAME/$table/gr) for @statements;
	}
	if ($standby)
	{
		$node->wait_for_catchup($standby, 'replay', $node->lsn('write'));
		# Tables that are not logged cannot be read on a standby.
		my $unlogged = delete $changes{unlogged};
		check($standby, 'on a standby', \%expected);
		$changes{unlogged} = $unlogged;
	}
	$node->stop('immediate');
	$node->start;
	check($node, "after a crash, wal_level = $level", \%expected);

	# Databases that are copied, in the ways that there are.
	$node->safe_psql('postgres', 'CREATE DATABASE logged TEMPLATE postgres STRATEGY wal_log');
	$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE postgres STRATEGY file_copy');
	$node->safe_psql('postgres', q{CREATE TABLESPACE third LOCATION ''});
	$node->safe_psql('postgres', 'ALTER DATABASE copied SET TABLESPACE third');
	$node->stop('immediate');
	$node->start;
	for my $database ('logged', 'copied')
	{
		is( $node->safe_psql($database, q{SET enable_seqscan = off; SELECT _lantern_internal.validate_index('full_vacuum_v', false);
			SELECT id FROM full_vacuum ORDER BY v <-> '{399.2,0}' LIMIT 1}), "\n399", "the database $database has its index");
	}
	if ($standby)
	{
		$node->wait_for_catchup($standby, 'replay', $node->lsn('write'));
		is( $standby->safe_psql('copied', q{SET enable_seqscan = off; SELECT id FROM full_vacuum ORDER BY v <-> '{399.2,0}' LIMIT 1}),
			'399', 'and so it has on a standby');
		$standby->stop;
		command_ok([ 'pg_checksums', '--check', '-D', $standby->data_dir ], 'the pages of the standby have their checksums');
	}
	$node->stop;
	command_ok([ 'pg_checksums', '--check', '-D', $node->data_dir ], "the pages have their checksums, wal_level = $level");
}

done_testing();
