import PostgresClient

/// One connection that changes the rows of one contender's table.
///
/// SAFETY of `@unchecked Sendable`: clients move between threads, and one thread at a time uses one.
final class WriteClient: @unchecked Sendable {
  let connection: Connection
  private let table: String
  private let contender: Contender
  private let insertion: PreparedStatement

  /// Prepares the insertion of a row.
  init(_ connection: Connection, _ table: BenchTable, in schema: BenchSchema) throws {
    self.connection = connection
    self.table = table.table
    contender = table.contender
    try connection.query("SET search_path = \(schema.searchPath)")
    insertion = try connection.prepare(
      "insertion", "INSERT INTO \(table.table) (id, v) VALUES ($1, $2::\(contender.type))")
  }

  /// Inserts each row by a statement and a transaction of its own.
  func insert(_ rows: [Int], of vectors: VectorSet) throws {
    let parameters = rows.map { [.integer(Int32($0)), contender.parameter(vectors[$0])] }
    for row in parameters { _ = try insertion.run(row) }
  }

  /// Inserts the rows by one COPY.
  func copy(_ rows: [Int], of vectors: VectorSet) throws {
    try contender.copy(rows, of: vectors, into: table, on: connection)
  }

  /// Deletes the rows by one statement.
  func delete(_ rows: [Int]) throws {
    let list = rows.map(String.init).joined(separator: ",")
    try connection.query(
      "DELETE FROM \(table) WHERE id = ANY ($1::integer[])", [.text("{\(list)}")])
  }

  /// Changes a column of every row that no index has.
  func updateAll() throws { try connection.query("UPDATE \(table) SET note = note + 1") }

  func vacuum() throws {
    try connection.query("VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF, PARALLEL 0) \(table)")
  }
}
