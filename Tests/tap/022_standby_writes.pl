# A standby answers while its primary inserts, deletes, updates and vacuums: no query fails, and none returns a wrong row, a row
# twice or rows out of order, though the index's records change hands meanwhile. Then it takes over.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Every replayed page is compared with the primary's. Nothing is cancelled: replay waits for the queries, which are short.
my $primary = new_server(
	'primary',
	"wal_consistency_checking = 'generic'\nmax_wal_senders = 4\n",
	allows_streaming => 1);
fill_table($primary, 'source', 6000, 12, 0.8);
$primary->safe_psql(
	'postgres', q{
	CREATE TABLE t (id integer, v real[], note integer DEFAULT 0);
	INSERT INTO t SELECT id, v FROM source WHERE id <= 3000;
	CREATE INDEX t_v ON t USING hnsw (v) WITH (m = 6, ef_construction = 40, code_bits = 0);
	CREATE INDEX t_cos ON t USING hnsw (v dist_cos_ops) WITH (m = 6, ef_construction = 40, code_bits = 2)});
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = -1\n");
$standby->start;

# Searches until the row 'done' comes. Each search compares what it returns with the table's rows by the same snapshot.
my @settings = ('SET enable_seqscan = off', 'SET enable_sort = off', 'SET lantern_hnsw.ef = 200');
my $searches = q{
	DO $$
	DECLARE r record; q real[]; n integer := 0;
	BEGIN
		WHILE NOT EXISTS (SELECT FROM t WHERE id = -1) LOOP
			n := n + 1;
			q := (SELECT v FROM source WHERE id = 1 + n * 37 % 6000);
			SELECT count(*) AS rows, count(DISTINCT id) AS ids, bool_and(d >= coalesce(before, d)) AS sorted,
				count(*) FILTER (WHERE id > 0 AND NOT EXISTS (SELECT FROM source s WHERE s.id = x.id % 10000 AND s.v = x.v)) AS wrong
			INTO r FROM (
				SELECT id, v, d, lag(d) OVER (ORDER BY rank) AS before FROM (
					SELECT id, v, d, row_number() OVER () AS rank FROM (
						SELECT id, v, v OPERATOR AS d FROM t ORDER BY v OPERATOR LIMIT 20) a) b) x;
			IF r.rows <> 20 OR r.ids <> 20 OR (CHECKED AND NOT r.sorted) OR r.wrong > 0 THEN
				RAISE 'search % found %', n, r;
			END IF;
			-- else its snapshot would hold up replay for good
			COMMIT;
		END LOOP;
		RAISE NOTICE 'searched %', n;
	END $$};
my @readers;
for my $operator ('<-> q', '<-> q', '<=> q')
{
	my $output = '';
	# What a search by estimates finds late may come late.
	my $is_ordered = $operator eq '<-> q' ? 'true' : 'false';
	my $statement = $searches =~ s/OPERATOR/$operator/gr =~ s/CHECKED/$is_ordered/r;
	push @readers,
	  {
		output => \$output,
		psql => IPC::Run::start([ 'psql', '-XAtq', '-d', $standby->connstr('postgres'), map { ('-c', $_) } @settings, $statement ],
			'<', \undef, '>', \$output, '2>', \$output, IPC::Run::timeout(300))
	  };
}

# Rows go and others come into their records at once, equal vectors among them.
for my $round (1 .. 6)
{
	$primary->safe_psql('postgres', "DELETE FROM t WHERE (id + $round) % 3 = 0");
	$primary->safe_psql('postgres', 'VACUUM t');
	$primary->safe_psql(
		'postgres', qq{
		INSERT INTO t SELECT id + 10000 * $round, v FROM source WHERE id % 6 = $round - 1;
		INSERT INTO t SELECT id + 10000 * ($round + 10), v FROM source WHERE id % 60 = $round});
	$primary->safe_psql('postgres', "UPDATE t SET note = note + 1 WHERE id % 2 = $round % 2");
	$primary->safe_psql('postgres', "DELETE FROM t WHERE id % 50 = $round");
	$primary->safe_psql('postgres', 'VACUUM t');
}
$primary->safe_psql('postgres', 'INSERT INTO t SELECT -1, v FROM source WHERE id = 1');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('write'));
for my $number (0 .. $#readers)
{
	$readers[$number]{psql}->finish;
	my ($searched) = ${ $readers[$number]{output} } =~ /searched (\d+)/;
	cmp_ok($searched // 0, '>', 10, "reader $number searches under heavy writes without an error or a wrong row")
	  or diag(${ $readers[$number]{output} });
}

sub answers
{
	my ($node, $operator) = @_;
	return $node->safe_psql(
		'postgres', qq{
		SET enable_seqscan = off;
		SELECT q.id, (SELECT string_agg(id::text, ' ') FROM (SELECT id FROM t ORDER BY v $operator q.v LIMIT 10) x)
		FROM source q WHERE q.id % 200 = 0 ORDER BY q.id});
}
is(answers($standby, $_), answers($primary, $_), "the standby answers as its primary by $_") for '<->', '<=>';
ok(is_valid($standby, $_), "$_ is valid on the standby") for 't_v', 't_cos';

# The primary dies among inserts and a vacuum; the standby takes over.
$primary->safe_psql('postgres', 'DELETE FROM t WHERE id % 4 = 0');
my $vacuum = start_psql($primary, 'SET vacuum_cost_delay = 1', 'SET vacuum_cost_limit = 200', 'VACUUM t');
my $inserts = start_psql($primary, ('INSERT INTO t SELECT id + 500000, v FROM source WHERE id % 7 = 3') x 5);
wait_until($primary, 'SELECT count(*) > 1000 FROM t WHERE id > 500000');
$primary->stop('immediate');
$_->finish for $vacuum, $inserts;
$standby->promote;
ok(is_valid($standby, $_), "$_ is valid on the promoted server") for 't_v', 't_cos';
$standby->safe_psql('postgres', 'INSERT INTO t SELECT id + 700000, v FROM source WHERE id % 5 = 0; DELETE FROM t WHERE id % 9 = 1');
$standby->safe_psql('postgres', 'VACUUM t');
ok(is_valid($standby, $_), "$_ is valid after the promoted server's vacuum") for 't_v', 't_cos';
is( $standby->safe_psql(
		'postgres', q{
		SET enable_seqscan = off; SET lantern_hnsw.ef = 200;
		SELECT count(*) FROM source q WHERE q.id % 20 = 0 AND q.v IS DISTINCT FROM (SELECT v FROM t ORDER BY v <-> q.v LIMIT 1)
			AND EXISTS (SELECT FROM t WHERE v = q.v)}),
	0, 'the promoted server finds the rows');
$standby->stop;
done_testing();
