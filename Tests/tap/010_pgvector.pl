# Beside pgvector, which has an access method hnsw and settings hnsw.* of its own, both extensions work.
use strict;
use warnings;
use File::Copy;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($sharedir) = run_command([ 'pg_config', '--sharedir' ]);
plan skip_all => 'pgvector is not installed' unless -e "$sharedir/extension/vector.control";

# From PostgreSQL 18 on, there can be an extension that needs it, and a copy of its control file that lets owners of databases
# create it.
my ($major) = (run_command([ 'pg_config', '--version' ]))[0] =~ /(\d+)/;
my $settings = '';
if ($major >= 18)
{
	my $folder = PostgreSQL::Test::Utils::tempdir;
	mkdir "$folder/extension";
	copy($_, "$folder/extension/") for glob "$sharedir/extension/vector*";
	append_to_file("$folder/extension/vector.control", "\ntrusted = true\n");
	append_to_file("$folder/extension/needy.control", "default_version = '1'\nrequires = 'vector'\ntrusted = true\n");
	append_to_file("$folder/extension/needy--1.sql", "SELECT 1;\n");
	$settings = "extension_control_path = '$folder:\$system'\n";
}

my $node = new_server('pgvector', $settings);
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

# Our indexes on pgvector's type, in either order of creation, with each in a schema of its own.
sub classes
{
	my ($database) = @_;
	return $node->safe_psql($database, q{SELECT string_agg(amname || ' ' || opcname, ', ' ORDER BY 1) FROM
		(SELECT DISTINCT amname, opcname FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod WHERE opcname ~ 'dist_' ORDER BY 1, 2) x});
}
my @own = qw(dist_cos_ops dist_hamming_ops dist_l2sq_ops);
my $all = join ', ', map { "lantern_hnsw $_" } @own, qw(dist_vec_cos_ops dist_vec_l2sq_ops);
my $alone = join ', ', (map { "hnsw $_" } @own), map { "lantern_hnsw $_" } @own;
for my $order ([ 'vector', 'lantern' ], [ 'lantern', 'vector' ])
{
	my ($first, $second) = @$order;
	$node->safe_psql('postgres', "CREATE DATABASE $first");
	$node->safe_psql($first, 'CREATE SCHEMA "A b"; CREATE SCHEMA theirs');
	my %schema = (lantern => '"A b"', vector => 'theirs');
	$node->safe_psql($first, "CREATE EXTENSION $_ WITH SCHEMA $schema{$_}") for @$order;
	is(classes($first), $all, "the type has operator classes with $first first");
	is($node->safe_psql($first, q{SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_opclass'::regclass
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'lantern')}), 5, "they belong to the extension with $first first");
	$node->safe_psql($first, 'SELECT _lantern_internal.enable_pgvector()');
	is(classes($first), $all, 'asking for them again changes nothing');
	$node->safe_psql($first, 'DROP EXTENSION vector');
	is(classes($first), $alone, 'pgvector can be dropped, takes them along, and leaves the name hnsw');
	$node->safe_psql($first, q{CREATE TABLE h (v real[]); INSERT INTO h VALUES ('{1,2}'); CREATE INDEX ON h USING hnsw (v); DROP TABLE h});
	is($node->safe_psql($first, q{SELECT count(*) FROM pg_event_trigger WHERE evtname ~ 'drop' AND evtenabled <> 'D'}), 0,
		'nothing that is dropped is looked at then');
	$node->safe_psql($first, 'CREATE EXTENSION vector');
	is(classes($first), $all, 'and comes back');
	$node->safe_psql($first, 'DROP EXTENSION lantern');
	$node->safe_psql('postgres', "DROP DATABASE $first");
}

# Operator classes of the same names, of somebody's own or of another extension, are not taken for ours, and stay.
$node->safe_psql('postgres', 'CREATE DATABASE namesakes');
$node->safe_psql(
	'namesakes', q{
	CREATE EXTENSION lantern;
	CREATE SCHEMA other;
	CREATE OPERATOR CLASS other.dist_vec_l2sq_ops FOR TYPE real[] USING lantern_hnsw AS
		OPERATOR 1 <-> (real[], real[]) FOR ORDER BY float_ops, FUNCTION 1 l2sq_dist(real[], real[]);
	CREATE OPERATOR CLASS other.dist_vec_cos_ops FOR TYPE integer USING btree AS FUNCTION 1 btint4cmp(integer, integer);
	ALTER EXTENSION plpgsql ADD OPERATOR CLASS other.dist_vec_cos_ops USING btree;
	CREATE EXTENSION vector});
my $members = q{SELECT string_agg(DISTINCT pg_describe_object(classid, objid, 0), ', ') FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'lantern')
	AND pg_describe_object(classid, objid, 0) ~ 'dist_vec'};
is( $node->safe_psql('namesakes', $members),
	join(', ', map { my $kind = $_; map { "operator $kind dist_vec_${_}_ops for access method lantern_hnsw" } qw(cos l2sq) } qw(class family)),
	'both operator classes are made and belong to the extension beside others of their names');
$node->safe_psql('namesakes', 'DROP EXTENSION vector');
is($node->safe_psql('namesakes', q{SELECT count(*) FROM pg_opclass WHERE opcname ~ 'dist_vec'}), 2, 'and are dropped without them');
$node->safe_psql('postgres', 'DROP DATABASE namesakes');

# An owner of a database who is no superuser may create pgvector where its package says so.
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE owned OWNER owner');
$node->safe_psql('owned', 'CREATE EXTENSION lantern');
my $trusted = $node->safe_psql('owned', "SELECT trusted FROM pg_available_extension_versions WHERE name = 'vector' LIMIT 1") eq 't';
ok($trusted, 'pgvector can be created by the owner of a database') if $major >= 18;
my @owner = (extra_params => [ '-U', 'owner' ]);
my @creator = $trusted ? @owner : ();
$node->safe_psql('owned', 'CREATE EXTENSION vector', @creator);
is(classes('owned'), $all, 'the type has operator classes in the database of another owner');
SKIP:
{
	skip 'no extension needs pgvector before PostgreSQL 18', 2 if $major < 18;
	$node->safe_psql('owned', 'DROP EXTENSION vector', @owner);
	is(classes('owned'), $alone, 'its owner drops pgvector, and lantern has the name hnsw');
	$node->safe_psql('owned', 'CREATE EXTENSION needy CASCADE', @owner);
	is(classes('owned'), $all, 'pgvector that another extension needs gives its type operator classes');
	$node->safe_psql('owned', 'DROP EXTENSION needy', @owner);
}
$node->safe_psql('owned', 'CREATE TABLE o (v vector(2)); CREATE INDEX ON o USING lantern_hnsw (v dist_vec_l2sq_ops)', @owner);
($status, undef, $stderr) = $node->psql('owned', 'DROP EXTENSION vector');
like($stderr, qr/cannot drop .*index public.o_v_idx depends on/s, 'pgvector is not dropped while an index needs it');
$node->safe_psql('owned', 'DROP EXTENSION vector CASCADE', @creator);
is($node->safe_psql('owned', q{SELECT string_agg(extname, ' ') FROM pg_extension}), 'plpgsql lantern', 'CASCADE leaves our extension alone');
$node->safe_psql('owned', 'DROP TABLE o; CREATE TABLE p (v real[]); DROP EXTENSION lantern; CREATE EXTENSION lantern; CREATE INDEX p_v ON p USING hnsw (v) WITH (dim = 2)');
($status, undef, $stderr) = $node->psql('owned', 'CREATE EXTENSION vector', @creator);
like($stderr, qr/^[^\n]*ERROR: .*access method name "hnsw".*DETAIL: .*p_v/s,
	'pgvector cannot have the name hnsw while an index uses it, and the error says which');

# Whatever drops pgvector leaves our extension and its other indexes alone.
for my $way ([ 'with its schema', 'DROP SCHEMA ext CASCADE' ], [ 'with its owner', 'DROP OWNED BY keeper CASCADE' ])
{
	my ($how, $command) = @$way;
	$node->safe_psql(
		'postgres', q{
		DROP DATABASE IF EXISTS dropped;
		DROP ROLE IF EXISTS keeper}, );
	$node->safe_psql('postgres', $_) for 'CREATE ROLE keeper SUPERUSER', 'CREATE DATABASE dropped';
	$node->safe_psql(
		'dropped', q{
		CREATE EXTENSION lantern; CREATE SCHEMA ext; CREATE TABLE r (v real[], w real[]); INSERT INTO r VALUES ('{1,2}');
		CREATE INDEX r_v ON r USING lantern_hnsw (v) WITH (dim = 2);
		SET ROLE keeper; CREATE EXTENSION vector SCHEMA ext; RESET ROLE;
		CREATE TABLE s (v ext.vector(2)); CREATE INDEX s_v ON s USING lantern_hnsw (v dist_vec_l2sq_ops)});
	$node->safe_psql('dropped', $command);
	is(classes('dropped'), $alone, "lantern has the name hnsw when pgvector is dropped $how");
	is($node->safe_psql('dropped', q{SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension}), 'lantern plpgsql',
		"pgvector dropped $how leaves our extension");
	is($node->safe_psql('dropped', q{SELECT string_agg(relname, ' ') FROM pg_class WHERE relname IN ('r_v', 's_v')}), 'r_v',
		"and our indexes, but for those on its type");
}

# Who may not drop it drops nothing on the way, and cannot bring back what was taken away.
$node->safe_psql('postgres', 'CREATE ROLE nobody LOGIN');
$node->safe_psql('owned', 'DROP INDEX p_v; CREATE EXTENSION vector; CREATE TABLE q (v vector(2)); CREATE INDEX q_v ON q USING lantern_hnsw (v dist_vec_l2sq_ops)');
($status, undef, $stderr) = $node->psql('owned', 'DROP EXTENSION vector CASCADE', extra_params => [ '-U', 'nobody' ]);
like($stderr, qr/must be owner of extension vector/, 'only the owner drops pgvector');
unlike($stderr, qr/q_v|cascades/, 'and another is not told what needs it');
$node->safe_psql('owned', q{DROP INDEX q_v; SELECT _lantern_internal.disable_pgvector()});
like(($node->psql('owned', 'SELECT _lantern_internal.pgvector_dropped()', extra_params => [ '-U', 'nobody' ]))[2],
	qr/can only be called in a sql_drop event trigger/, 'only a command that drops pgvector takes the name hnsw back');
for my $command ('CREATE EXTENSION IF NOT EXISTS vector', 'SELECT _lantern_internal.pgvector_created()')
{
	$node->safe_psql('owned', $command, extra_params => [ '-U', 'nobody' ]);
	unlike(classes('owned'), qr/dist_vec/, "$command of another brings nothing back");
}

# Where our library is gone, pgvector can still be created and dropped.
$node->safe_psql('postgres', 'CREATE DATABASE bereft');
$node->safe_psql('bereft', q{CREATE EXTENSION lantern; UPDATE pg_proc SET probin = '/gone' WHERE probin = '$libdir/lantern'});
($status, undef, $stderr) = $node->psql('bereft', 'CREATE EXTENSION vector');
is($status, 0, 'pgvector is created where our library is gone');
like($stderr, qr/WARNING: .*no operator classes.*DETAIL: .*gone.*HINT: .*enable_pgvector/s, 'and a warning says what is missing');
is($node->safe_psql('bereft', "SELECT '[1,2]'::vector <-> '[1,3]'; DROP EXTENSION vector; DROP EXTENSION lantern"), 1, 'works, and is dropped as ours is');
$node->safe_psql('bereft', q{CREATE EXTENSION vector; CREATE EXTENSION lantern; UPDATE pg_proc SET probin = '/gone' WHERE probin = '$libdir/lantern'});
isnt($node->psql('bereft', 'DROP SCHEMA IF EXISTS nothing'), 0, 'where its type has our operator classes, nothing can be dropped');
is($node->psql('bereft', 'ALTER EVENT TRIGGER lantern_before_drop DISABLE; DROP EXTENSION lantern; DROP EXTENSION vector'),
	0, 'until the event trigger is disabled');

# Exact order and recall, as pgvector's own functions compute the distances; zero vectors have no cosine.
$node->safe_psql('postgres', q{DROP TABLE t});
fill_table($node, 'r', 8000, 24, 0.7);
$node->safe_psql('postgres', q{
	CREATE TABLE w AS SELECT id, array_agg(x - 0.5)::vector(24) AS v FROM r, unnest(v) x GROUP BY id;
	INSERT INTO w VALUES (10001, array_fill(0, '{24}')::vector), (10002, NULL);
	CREATE TABLE w_q AS SELECT id, (SELECT array_agg(x + 0.05 * sin(id + x)) FROM unnest(v::real[]) x)::vector(24) AS v FROM w WHERE id % 101 = 0;
	ANALYZE w});
for my $case ([ 'dist_vec_l2sq_ops', '<->' ], [ 'dist_vec_cos_ops', '<=>' ])
{
	my ($class, $operator) = @$case;
	for my $bits (8, 16, 32)
	{
		$node->safe_psql('postgres', "CREATE INDEX w_v ON w USING lantern_hnsw (v $class) WITH (quant_bits = $bits)");
		like($node->safe_psql('postgres', "EXPLAIN SELECT id FROM w ORDER BY v $operator (SELECT v FROM w_q LIMIT 1) LIMIT 5"),
			qr/Index Scan using w_v/, "a vector is searched by $class");
		my ($recall, $inversions) = recall($node, 'w', 'w_q', 10, $operator);
		cmp_ok($recall, '>=', 0.95, "recall is at least 0.95 by $class with quant_bits $bits");
		is($inversions, 0, "the order is that of pgvector's distances by $class with quant_bits $bits");
		ok(is_valid($node, 'w_v'), "the index of $class is valid");
		$node->safe_psql('postgres', 'DROP INDEX w_v');
	}
}
$node->safe_psql('postgres', 'CREATE INDEX w_c ON w USING lantern_hnsw (v dist_vec_cos_ops)');
is($node->safe_psql('postgres', "SET enable_seqscan = off; SELECT count(*) FROM (SELECT id FROM w ORDER BY v <=> (SELECT v FROM w_q LIMIT 1)) x"),
	8000, 'rows without a cosine distance are not in the index, as in one of pgvector');
($status, undef, $stderr) = $node->psql('postgres', q{SELECT id FROM w ORDER BY v <=> '[1,2]' LIMIT 1});
like($stderr, qr/ERROR/, 'a query of other dimensions is an error');

# What is dumped can be restored, though the extensions come in another order than they were created in.
$node->command_ok([ 'pg_dump', '-f', $node->basedir . '/dump.sql', $node->connstr('postgres') ], 'the database is dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-f', $node->basedir . '/dump.sql', $node->connstr('restored') ], 'and restored');
is($node->safe_psql('restored', q{SELECT a.amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE relname = 'w_c'}), 'lantern_hnsw', 'with its indexes');

($status) = $node->psql('postgres', 'DROP TABLE w, w_q; DROP EXTENSION vector; DROP EXTENSION lantern; CREATE EXTENSION lantern');
is($status, 0, 'each can be dropped');
is($node->safe_psql('postgres', "SELECT string_agg(amname, ' ' ORDER BY amname) FROM pg_am WHERE amname ~ 'hnsw'"),
	'hnsw lantern_hnsw', 'without pgvector, lantern has both names');
$node->stop;

done_testing();
