# Builds with the server's parallel workers: their indexes are as good as those of one process, whatever is indexed and however;
# they can fail and be stopped, and nothing is left of them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_server('parallel',
	"maintenance_work_mem = 256MB\nmax_parallel_maintenance_workers = 2\nmin_parallel_table_scan_size = 0\n");
fill_table($node, 't', 12000, 24, 0.4);
$node->safe_psql('postgres', q{ALTER TABLE t SET (parallel_workers = 2);
	CREATE TABLE q AS SELECT id, v FROM t WHERE id % 101 = 0;
	UPDATE q SET v = (SELECT array_agg(x + 0.1 * sin(id + x)) FROM unnest(v) x); ANALYZE q});

# Runs statements as one command each; their exit status and what the server said, its debug messages too.
sub run_statements
{
	my @commands = map { ('-c', $_) } 'SET client_min_messages = debug1', @_;
	my $output = '';
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), @commands ],
		'<', \undef, '>', \$output, '2>', \$output);
	$run->finish;
	return ($run->result(0), $output);
}

# Builds an index, and tests that workers took their part of the rows; what the server said.
sub builds
{
	my ($what, @statements) = @_;
	my ($status, $output) = run_statements(@statements);
	is($status, 0, "$what is built") || diag($output);
	my ($workers, $theirs, $all) = $output =~ /(\d+) parallel workers indexed (\d+) of (\d+) tuples/;
	ok(defined $theirs && $theirs > 0 && $theirs <= $all, "workers indexed rows of $what");
	note("$workers workers indexed $theirs of $all tuples") if defined $theirs;
	return $output;
}

sub returns_all_rows
{
	my ($table, $operator, $what, $condition) = @_;
	$condition //= 'true';
	return is( $node->safe_psql('postgres', qq{SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;
		SELECT count(*) = (SELECT count(*) FROM $table WHERE $condition) AND count(DISTINCT id) = count(*)
		FROM (SELECT id FROM $table WHERE $condition ORDER BY v $operator (SELECT v FROM $table LIMIT 1)) x}),
		't', "a scan of $what returns each row once");
}

# The same recall as by one process, in order.
$node->safe_psql('postgres', 'SET max_parallel_maintenance_workers = 0; CREATE INDEX t_v ON t USING hnsw (v)');
my ($serial) = recall($node, 't', 'q', 10);
$node->safe_psql('postgres', 'DROP INDEX t_v');
for my $case ([ 'CREATE INDEX t_v ON t USING hnsw (v)' ], [ 'CREATE INDEX CONCURRENTLY t_v ON t USING hnsw (v)' ],
	[ 'CREATE INDEX t_v ON t USING hnsw (v) WITH (quant_bits = 8, code_bits = 2)' ],
	[ 'SET maintenance_work_mem = \'1MB\'', 'CREATE INDEX t_v ON t USING hnsw (v)' ])
{
	my $what = join '; ', @$case;
	my $output = builds("an index by $what", @$case);
	ok(is_valid($node, 't_v'), "the index by $what is valid");
	my ($recall, $inversions) = recall($node, 't', 'q', 10);
	note("recall\@10 by $what: $recall, by one process: $serial");
	cmp_ok($recall, '>=', 0.95, "recall\@10 is at least 0.95 by $what");
	cmp_ok($recall, '>=', $serial - 0.01, "... and within 0.01 of that by one process");
	is($inversions, 0, '... in the order of the true distances');
	finds_rows($node, 't', "each row is found after $what");
	returns_all_rows('t', '<->', "the index by $what");
	if (@$case > 1)
	{
		# All participants stop where the memory ends, and go on together.
		like($output, qr/NOTICE:  hnsw graph is not going to fit into maintenance_work_mem/, 'a notice comes before the time is spent');
		like($output, qr/In memory the graph of about 12\d{3} tuples would take about \d+ MB/, '... and says what it would take');
		like($output, qr/NOTICE:  hnsw graph no longer fits into maintenance_work_mem after \d+ tuples/, 'another comes when memory is full');
	}
	$node->safe_psql('postgres', 'DROP INDEX t_v');
}

# Every metric, expression and predicate, tables of other kinds, rows without a vector, and rows with equal ones.
builds('an index by cosine', 'CREATE INDEX t_v ON t USING hnsw (v dist_cos_ops)');
ok(is_valid($node, 't_v'), 'the index by cosine is valid');
returns_all_rows('t', '<=>', 'the index by cosine');
builds('an index that is built anew', 'REINDEX INDEX t_v');
ok(is_valid($node, 't_v'), 'an index that is built anew is valid');
$node->safe_psql('postgres', q{DROP INDEX t_v; CREATE TABLE bits (id serial, v integer[]) WITH (parallel_workers = 2);
	INSERT INTO bits (v) SELECT ARRAY[hashint4(i), hashint4(-i), i] FROM generate_series(1, 6000) i});
builds('an index by Hamming', 'CREATE INDEX bits_v ON bits USING hnsw (v dist_hamming_ops) WITH (ef_construction = 64)');
ok(is_valid($node, 'bits_v'), 'the index by Hamming is valid');
returns_all_rows('bits', '<+>', 'the index by Hamming');
builds('a partial index', 'CREATE INDEX t_v ON t USING hnsw (v) WHERE id % 3 = 0');
ok(is_valid($node, 't_v'), 'a partial index is valid');
returns_all_rows('t', '<->', 'a partial index', 'id % 3 = 0');
$node->safe_psql('postgres', q{DROP INDEX t_v;
	CREATE FUNCTION half(v real[]) RETURNS real[] IMMUTABLE PARALLEL SAFE AS $$SELECT array_agg(x / 2) FROM unnest(v) x$$ LANGUAGE sql});
builds('an index of an expression', 'CREATE INDEX t_v ON t USING hnsw (half(v))');
ok(is_valid($node, 't_v'), 'an index of an expression is valid');
is($node->safe_psql('postgres', q{SET enable_seqscan = off; SET enable_sort = off;
	SELECT count(*) FROM (SELECT id FROM t ORDER BY half(v) <-> (SELECT v FROM t LIMIT 1)) x}), 12000, 'a scan of it returns all rows');
$node->safe_psql('postgres', 'DROP INDEX t_v; CREATE UNLOGGED TABLE unlogged (id serial, v real[]) WITH (parallel_workers = 2);
	INSERT INTO unlogged (v) SELECT v FROM t UNION ALL SELECT NULL FROM generate_series(1, 500)');
builds('an index of an unlogged table', 'CREATE INDEX unlogged_v ON unlogged USING hnsw (v)');
ok(is_valid($node, 'unlogged_v'), 'an index of an unlogged table is valid');
$node->safe_psql('postgres', 'CREATE TABLE same (id serial, v real[]) WITH (parallel_workers = 2);
	INSERT INTO same (v) SELECT ARRAY[i % 7, i % 3, 1] FROM generate_series(1, 30000) i');
builds('an index of equal vectors', 'CREATE INDEX same_v ON same USING hnsw (v)');
ok(is_valid($node, 'same_v'), 'an index of equal vectors is valid');
returns_all_rows('same', '<->', 'an index of equal vectors');
my ($status, $output) = run_statements('CREATE TEMP TABLE tmp AS SELECT * FROM t LIMIT 500', 'ALTER TABLE tmp SET (parallel_workers = 2)',
	'CREATE INDEX tmp_v ON tmp USING hnsw (v)', q{SELECT _lantern_internal.validate_index('tmp_v', false)});
is($status, 0, 'an index of a temporary table is built');
unlike($output, qr/parallel workers indexed/, '... without workers');
($status, $output) = run_statements('CREATE TABLE nothing (v real[]) WITH (parallel_workers = 2)', 'INSERT INTO nothing SELECT NULL FROM generate_series(1, 9)',
	'CREATE INDEX ON nothing USING hnsw (v)');
like($output, qr/column does not have dimensions, please specify one/, 'a table without a vector tells no dimensions');

# Failures, after each of which no index and no file is there.
sub files
{
	$node->safe_psql('postgres', 'CHECKPOINT');
	my $database = $node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");
	return [ sort grep { !/_(fsm|vm)$/ } map { s/.*\///r } glob $node->data_dir . "/base/$database/*" ];
}

$node->safe_psql('postgres', q{CREATE TABLE bad (id integer, v real[]) WITH (parallel_workers = 2);
	INSERT INTO bad SELECT * FROM t;
	CREATE FUNCTION fails_in_worker(v real[]) RETURNS real[] IMMUTABLE PARALLEL SAFE AS $$
		BEGIN
			IF (SELECT backend_type FROM pg_stat_activity WHERE pid = pg_backend_pid()) = 'parallel worker' THEN
				RAISE 'this is a worker';
			END IF;
			RETURN v;
		END$$ LANGUAGE plpgsql});
my $before = files();
for my $case ([ q('{1,2,3}'), qr/Wrong number of dimensions: 3 instead of 24 expected/ ],
	[ q((SELECT array_agg(CASE WHEN i = 5 THEN real 'NaN' ELSE i END) FROM generate_series(1, 24) i)), qr/cannot index a vector that contains NaN or infinity/ ],
	[ q(array_fill(NULL::real, ARRAY[24])), qr/array must not contain nulls/ ])
{
	my ($value, $message) = @$case;
	for my $id (6000, 11990)
	{
		($status, $output) = run_statements("UPDATE bad SET v = $value WHERE id = $id", 'VACUUM bad',
			'CREATE INDEX bad_v ON bad USING hnsw (v)');
		isnt($status, 0, "a build fails at the row $id of $value");
		like($output, $message, '... and says why');
		$node->safe_psql('postgres', "UPDATE bad SET v = (SELECT v FROM t WHERE t.id = $id) WHERE id = $id");
	}
}
($status, $output) = run_statements('CREATE INDEX bad_v ON bad USING hnsw (fails_in_worker(v))');
isnt($status, 0, 'a build fails when a worker does');
like($output, qr/ERROR:  this is a worker/, '... with its message');

my $build = 'CREATE INDEX bad_v ON bad USING hnsw (v) WITH (ef_construction = 1000, m = 64)';
for my $milliseconds (100, 700)
{
	my $start = time;
	($status, $output) = run_statements("SET statement_timeout = $milliseconds", $build);
	note(sprintf 'ended %.0f ms after its timeout', 1000 * (time - $start) - $milliseconds);
	like($output, qr/canceling statement due to statement timeout/, "a build is cancelled after $milliseconds ms");
}
my $workers = q{FROM pg_stat_activity WHERE backend_type = 'parallel worker'};
for my $case ([ 'a build whose leader is cancelled', "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index" ],
	[ 'a build whose worker is told to go', "SELECT pg_terminate_backend(pid) $workers LIMIT 1" ],
	[ 'a build past its memory', "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index", "SET maintenance_work_mem = '2MB'" ])
{
	my ($what, $stop, @settings) = @$case;
	my $psql = start_psql($node, @settings, $build);
	wait_until($node, 'SELECT coalesce(max(tuples_done), 0) > 1000 FROM pg_stat_progress_create_index');
	cmp_ok($node->safe_psql('postgres', "SELECT count(*) $workers"), '>', 0, "workers take part in $what");
	is($node->safe_psql('postgres', $stop), 't', "$what is stopped");
	$psql->finish;
	isnt($psql->result(0), 0, "$what fails");
	wait_until($node, "SELECT count(*) = 0 $workers");
}
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 'bad_v'"), 0, 'no index is left');
is_deeply(files(), $before, 'no file is left');

# A crash in the middle, and one just after the end.
my $psql = start_psql($node, $build);
wait_until($node, 'SELECT coalesce(max(tuples_done), 0) > 1000 FROM pg_stat_progress_create_index');
$node->stop('immediate');
$psql->finish;
$node->start;
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 'bad_v'"), 0, 'no index is left after a crash');
builds('an index after a crash', 'CREATE INDEX bad_v ON bad USING hnsw (v) WITH (ef_construction = 64)');
$node->stop('immediate');
$node->start;
ok(is_valid($node, 'bad_v'), 'an index is valid after a crash at its end');
finds_rows($node, 'bad', 'each of its rows is found');
$node->stop;

done_testing();
