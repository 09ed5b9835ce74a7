import PostgresClient

/// How to watch a build: by a second connection, which is made only where there is a terminal to
/// show it on.
struct IndexProgress {
  var watcher: () throws -> Connection

  /// Runs a `CREATE INDEX`, showing how far it is; `rows` where the server does not know it, `label`
  /// before the rest.
  func run(_ statement: String, on connection: Connection, rows: Int, label: String = "") throws {
    guard Terminal.errorIsTerminal else {
      try connection.query(statement)
      return
    }
    let watcher = try watcher()
    var bar = ProgressBar()
    defer { bar.clear() }
    _ = try connection.query(statement, every: 100) {
      let report = try watcher.query(
        """
        SELECT phase, tuples_done, tuples_total FROM pg_stat_progress_create_index WHERE pid = $1
        """, [.integer(connection.backendPID)])
      guard let row = report.rows.first else { return }
      let total = try row.value(2, as: Int.self)
      // "building index: " and the access method's own name for what it is at.
      let phase = try row.value(0, as: String.self).split(separator: ": ").last ?? ""
      bar.update(
        label.isEmpty ? String(phase) : "\(label): \(phase)", done: try row.value(1),
        of: total > 0 ? total : rows)
    }
  }
}

/// An index that has been built.
struct BuiltIndex: Encodable {
  var name: String
  var accessMethod: String
  var bytes: Int
  var seconds: Double
}

/// Indexes a column named `vector` of a table that has no index yet.
struct IndexBuilder {
  var connection: Connection
  /// Quoted for SQL.
  var table: String

  /// Makes the extension if it is not there, and the index; takes part in the transaction under
  /// way.
  func build(dimensions: Int, rows: Int, progress: IndexProgress) throws -> BuiltIndex {
    try connection.query("CREATE EXTENSION IF NOT EXISTS lantern")
    let accessMethod = try accessMethod()
    let statement = """
      CREATE INDEX ON \(table) USING \(accessMethod) (vector dist_l2sq_ops) WITH (dim=\(dimensions))
      """
    let start = ContinuousClock.now
    try progress.run(statement, on: connection, rows: rows)
    let time = seconds(ContinuousClock.now - start)

    let index = try connection.query(
      """
      SELECT indexrelid::regclass::text, pg_relation_size(indexrelid)
      FROM pg_index WHERE indrelid = $1::regclass
      """, [.text(table)]
    ).rows[0]
    return BuiltIndex(
      name: try index.value(0), accessMethod: accessMethod, bytes: try index.value(1), seconds: time
    )
  }

  /// The extension's name for its access method: `hnsw`, unless pgvector had that first.
  private func accessMethod() throws -> String {
    let names = try connection.query(
      """
      SELECT amname FROM pg_am
      JOIN pg_depend ON classid = 'pg_am'::regclass AND objid = pg_am.oid AND deptype = 'e'
      JOIN pg_extension e ON refclassid = 'pg_extension'::regclass AND refobjid = e.oid
      WHERE extname = 'lantern' ORDER BY amname
      """
    ).rows.map { try $0.value(0, as: String.self) }
    guard let name = names.first else {
      throw CommandFailure("the extension lantern in this database has no access method")
    }
    return name
  }
}
