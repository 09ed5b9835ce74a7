# What the TAP tests share: a server with the extension, random vectors, and the comparison with exact search.
package LanternTest;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use Time::HiRes qw(sleep);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_server fill_table unfound_rows finds_rows recall is_valid start_psql wait_until);

# A running server with the extension. $settings are lines for postgresql.conf, %params go to its init.
sub new_server
{
	my ($name, $settings, %params) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%params);
	$node->append_conf('postgresql.conf',
		"shared_buffers = 64MB\nmax_connections = 50\nautovacuum = off\njit = off\n" . ($settings // ''));
	# A standby that is slow for once still finds the log that it has not read.
	$node->append_conf('postgresql.conf', 'wal_keep_size = 4GB') if $params{allows_streaming};
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION lantern');
	return $node;
}

# Makes a table (id, v) of $rows vectors of $dimensions in [0, 1) around 50 centres, and the same ones for the same $seed.
sub fill_table
{
	my ($node, $table, $rows, $dimensions, $seed) = @_;
	$node->safe_psql(
		'postgres', qq{
		CREATE TABLE $table (id integer PRIMARY KEY, v real[]);
		SELECT setseed($seed);
		CREATE TEMP TABLE centres AS
			SELECT c, array_agg(random()) AS centre FROM generate_series(0, 49) c, generate_series(1, $dimensions) GROUP BY c;
		INSERT INTO $table
			SELECT id, (SELECT array_agg((0.5 * x + 0.5 * random() + 0 * id)::real) FROM unnest(centre) x)
			FROM generate_series(1, $rows) id JOIN centres ON c = id % 50;
		ANALYZE $table});
	return;
}

# How many rows of a table are not the first that a thorough search for their own vector finds. Vectors are distinct.
sub unfound_rows
{
	my ($node, $table) = @_;
	return $node->safe_psql(
		'postgres', qq{
		SET enable_seqscan = off;
		SET lantern_hnsw.ef = 200;
		SELECT count(*) FROM $table a
		WHERE id IS DISTINCT FROM (SELECT id FROM $table b ORDER BY b.v <-> a.v LIMIT 1)});
}

# Tests that a thorough search for each row's own vector finds it. One row of a thousand may be missed: a graph promises recall,
# and where clients insert at once, or levels come by chance, an edge list or two can turn a row down.
sub finds_rows
{
	my ($node, $table, $name) = @_;
	my $rows = $node->safe_psql('postgres', "SELECT count(*) FROM $table");
	return Test::More::cmp_ok(unfound_rows($node, $table), '<=', $rows / 1000, $name);
}

# Mean recall of $k rows over every row of the table $queries, against exact search, and the number of rows out of order.
# Rows at the same distance are equally good.
sub recall
{
	my ($node, $table, $queries, $k, $operator) = @_;
	my $distance = 'v ' . ($operator // '<->') . ' q.v';
	my $search = qq{SELECT q.id AS query, x.id, x.d, x.rank FROM $queries q CROSS JOIN LATERAL
		(SELECT id, $distance AS d, row_number() OVER () AS rank FROM
			(SELECT id, v FROM $table ORDER BY $distance LIMIT $k) y) x};
	my $result = $node->safe_psql(
		'postgres', qq{
		SET enable_indexscan = off;
		CREATE TEMP TABLE exact AS $search;
		SET enable_indexscan = on;
		SET enable_seqscan = off;
		CREATE TEMP TABLE found AS $search;
		SELECT (SELECT count(*) FROM found f WHERE d <= (SELECT max(d) FROM exact e WHERE e.query = f.query))::float
				/ (SELECT count(*) FROM exact),
			(SELECT count(*) FROM found a JOIN found b USING (query) WHERE b.rank = a.rank + 1 AND b.d < a.d)});
	return split /\|/, $result;
}

# Whether validate_index finds nothing wrong; the message of the error is printed otherwise.
sub is_valid
{
	my ($node, $index) = @_;
	my ($status, undef, $stderr) =
	  $node->psql('postgres', "SELECT _lantern_internal.validate_index('$index', false)");
	Test::More::diag($stderr) if $status != 0;
	return $status == 0;
}

# Starts psql on statements, each a transaction of its own, and returns at once; ->finish waits for its end.
sub start_psql
{
	my ($node, @statements) = @_;
	my $output = '';
	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), map { ('-c', $_) } @statements ],
		'<', \undef, '>', \$output, '2>', \$output);
}

# Asks until the answer of a query is t, which it must be within three minutes.
sub wait_until
{
	my ($node, $query) = @_;
	for (1 .. 6000)
	{
		return 1 if $node->safe_psql('postgres', $query) eq 't';
		sleep 0.03;
	}
	die "waited in vain for: $query";
}

1;
