import PostgresClient

/// The schema of the measurements' tables, and the extensions that they need.
///
/// Everything that it makes is gone after `dropAll`: a database in use is left as it was.
final class BenchSchema {
  let connection: Connection
  /// Quoted for SQL.
  let name: String
  private var madeExtensions: [String] = []

  /// Makes what is missing of the schema and of the extensions, and lets the connection find the
  /// extensions' operators.
  init(_ connection: Connection, name: String, contenders: [Contender]) throws {
    self.connection = connection
    self.name = try connection.query("SELECT quote_ident($1)", [.text(name)]).single()
    do {
      for contender in contenders { try makeExtension(contender.extensionName) }
      let exists: Bool = try connection.query(
        "SELECT to_regnamespace($1) IS NOT NULL", [.text(self.name)]
      ).single()
      if !exists {
        try connection.query("CREATE SCHEMA \(self.name)")
        try connection.query("COMMENT ON SCHEMA \(self.name) IS '\(BenchComment.prefix)tables'")
      }
    } catch {
      try? dropExtensions()
      throw error
    }
    searchPath = try connection.query(
      "SELECT string_agg(DISTINCT quote_ident(nspname), ', ') FROM pg_extension "
        + "JOIN pg_namespace n ON n.oid = extnamespace WHERE extname IN ('lantern', 'vector')"
    ).single()
    try connection.query("SET search_path = \(searchPath)")
  }

  /// The schemas of the extensions, for `SET search_path`.
  private(set) var searchPath = ""

  private func makeExtension(_ name: String) throws {
    let exists: Bool = try connection.query(
      "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = $1)", [.text(name)]
    ).single()
    if exists { return }
    do {
      try connection.query("CREATE EXTENSION \(name)")
    } catch {
      // feature_not_supported and undefined_file: there is no such extension.
      guard ["0A000", "58P01"].contains(error.sqlState) else { throw error }
      throw CommandFailure(
        "the server has no extension \"\(name)\"", hint: "install it there, or leave it out")
    }
    madeExtensions.append(name)
  }

  /// The installed version of an extension.
  func version(of name: String) throws -> String {
    try connection.query("SELECT extversion FROM pg_extension WHERE extname = $1", [.text(name)])
      .single()
  }

  /// Drops a table of the schema, if it is there and a measurement left it.
  func drop(_ table: String) throws {
    let comment = try connection.query(
      "SELECT obj_description(to_regclass($1), 'pg_class') WHERE to_regclass($1) IS NOT NULL",
      [.text(table)]
    ).rows.first
    guard let comment else { return }
    guard try comment.optional(0).map(BenchComment.isOurs) == true else {
      throw CommandFailure(
        "the table \(table) is not one of lantern bench", hint: "give another schema by --schema")
    }
    try connection.query("DROP TABLE \(table)")
  }

  /// Drops the tables and the extensions that were made here, and the schema if a measurement made
  /// it, unless something else is in it.
  func dropAll(tables: [String]) throws {
    for table in tables { try drop(table) }
    try dropSchema()
    try dropExtensions()
  }

  private func dropSchema() throws {
    let comment: String? = try connection.query(
      "SELECT obj_description(to_regnamespace($1), 'pg_namespace')", [.text(name)]
    ).rows[0].optional(0)
    guard comment.map(BenchComment.isOurs) == true else { return }
    do {
      try connection.query("DROP SCHEMA \(name)")
    } catch {
      // dependent_objects_still_exist: those in it are not ours.
      guard error.sqlState == "2BP01" else { throw error }
    }
  }

  private func dropExtensions() throws {
    for name in madeExtensions.reversed() { try connection.query("DROP EXTENSION \(name)") }
    madeExtensions = []
  }
}
