import ArgumentParser
import PostgresClient

/// The options that say which server and database a command works on.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The database: a URI, a list of keyword=value, or a name, as psql takes it.",
      discussion: """
        For example postgresql://localhost/films. What it leaves out comes from PGHOST, PGPORT, \
        PGDATABASE, PGUSER and the other variables of libpq.
        """,
      valueName: "conninfo"))
  var dsn = ""

  /// Connects; the server's notices and warnings appear on the standard error.
  func connect() throws -> Connection {
    let connection = try Connection(dsn)
    connection.onNotice = { notice in
      // IF NOT EXISTS, which is used on purpose, reports what exists (duplicate_object).
      if notice.sqlState == "42710" { return }
      Terminal.writeError("\(notice.severity?.lowercased() ?? "notice"): \(notice)\n")
    }
    // A program that is interrupted should not leave a long CREATE INDEX running behind it.
    if connection.serverVersion >= 140_000 {
      try connection.query("SET client_connection_check_interval = '1s'")
    }
    return connection
  }
}

extension Connection {
  /// A table's name as a user writes it, possibly with a schema, in the form that SQL text needs.
  ///
  /// Folds case and takes quotes as SQL does, whether there is such a table or not.
  func quotedName(_ name: String) throws -> String {
    try query(
      """
      SELECT string_agg(quote_ident(part), '.' ORDER BY place)
      FROM unnest(parse_ident($1)) WITH ORDINALITY AS parts (part, place)
      """, [.text(name)]
    ).single()
  }
}
