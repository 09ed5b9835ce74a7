# The shared library needs libc only, exports what the server calls and nothing else, and starts no thread and handles no
# signal when it is loaded.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LanternTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pkglibdir) = run_command([ 'pg_config', '--pkglibdir' ]);
my $library = $ENV{LANTERN_LIBRARY} // "$pkglibdir/lantern.so";

my ($needed) = run_command([ 'ldd', $library ]);
my @others = grep { !/linux-vdso|ld-linux|libc\.so|libm\.so|statically linked/ } split /\n/, $needed;
is_deeply(\@others, [], 'the library needs libc and libm only');

SKIP:
{
	my $symbols = eval { (run_command([ 'nm', '-D', '--defined-only', $library ]))[0] };
	skip 'nm is not there', 1 unless $symbols;
	my @functions = qw(lantern_cos_dist lantern_deprecated_operator lantern_extension_event lantern_hamming_dist lantern_hnsw_handler
	  lantern_l2sq_dist lantern_pgvector_created lantern_pgvector_dropped lantern_validate_index);
	my @expected = sort 'Pg_magic_func', '_PG_init', 'lantern_build_worker', @functions, map { "pg_finfo_$_" } @functions;
	is_deeply([ sort map { (split)[-1] } split /\n/, $symbols ], \@expected, 'the library exports what the server calls');
}

my $node = new_server('library');
my $status = "SELECT string_agg(l, ' ') FROM regexp_split_to_table(pg_read_file('/proc/self/status'), '\n') l WHERE l ~ '^(Threads|SigCgt|SigIgn|SigBlk)'";
my ($before, undef, $after) = split /\n/, $node->safe_psql('postgres', "$status; LOAD 'lantern'; SELECT l2sq_dist('{1}', '{3}'); $status");
like($before, qr/Threads:\s+1/, 'a backend has one thread');
is($after, $before, 'loading and calling the library changes no signal handler and starts no thread');
$node->stop;

done_testing();
