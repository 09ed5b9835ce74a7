# A private copy of a PostgreSQL installation with the extension in it. To be sourced by bash.
#
# The server finds its libraries and shared files relative to its programs, so a copy of the tree can be given files of its
# own, and the system's installation is never touched.

pg_config=${PG_CONFIG:-pg_config}
major=$("$pg_config" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')

# The caller's settings for servers of his own, such as no parallel workers, are not for the private ones.
unset PGOPTIONS PGSERVICE

die() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}

# Runs a command as a user that a server accepts: it refuses to run as root.
as_server_user() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- env PATH="$PATH" "$@"
	else
		"$@"
	fi
}

# make_server FOLDER: copies the installation there and installs the extension into the copy; sets bindir and libdir. Fails
# with a message when it cannot.
make_server() {
	local folder=$1 bin lib share
	bin=$("$pg_config" --bindir) lib=$("$pg_config" --pkglibdir) share=$("$pg_config" --sharedir)
	[ -x "$bin/initdb" ] || { echo "no server programs in $bin: install postgresql-$major" >&2; return 1; }
	bindir=$folder$bin libdir=$folder$lib
	if ! "$pg_config" --version | cmp -s - "$folder/.version"; then
		rm -rf "$folder"
		mkdir -p "$bindir" "$libdir" "$folder$share"
		# Copies of the programs, whose own place counts; links to the rest.
		cp -a "$bin/." "$bindir/"
		cp -as "$lib/." "$libdir/"
		cp -as "$share/." "$folder$share/"
		"$pg_config" --version >"$folder/.version"
	fi
	# A link left by the copy would lead into the system's installation.
	rm -f "$libdir/lantern.so" "$folder$share"/extension/lantern*
	make -s install DESTDIR="$folder" PG_CONFIG="$pg_config" >"$folder/install.log" 2>&1 ||
		{ cat "$folder/install.log" >&2; return 1; }
}

# server_folder FALLBACK: where the copy goes: .build, or a folder that the server's user can reach.
server_folder() {
	local folder=$PWD/.build/server-$major
	mkdir -p .build
	if as_server_user test -x "$PWD/.build" 2>/dev/null; then echo "$folder"; else echo "$1/server"; fi
}

# start_server FOLDER: makes a cluster in FOLDER/data, superuser lantern, and starts it on a Unix socket in FOLDER only.
start_server() {
	mkdir -p "$1/data"
	if [ "$(id -u)" = 0 ]; then chown postgres "$1" "$1/data"; fi
	as_server_user "$bindir/initdb" -D "$1/data" -U lantern -A trust -N >/dev/null &&
		as_server_user "$bindir/pg_ctl" -D "$1/data" -l "$1/server.log" -s -w \
			-o "-c listen_addresses='' -c unix_socket_directories='$1' -c fsync=off" start
}

# stop_server FOLDER: stops it, if it runs.
stop_server() {
	if [ -e "$1/data/postmaster.pid" ]; then as_server_user "$bindir/pg_ctl" -D "$1/data" -m fast -s stop || true; fi
}
