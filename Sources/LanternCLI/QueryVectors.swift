import MovieLens
import PostgresClient

/// A vector to search with.
struct QueryVector {
  var value: Parameter
  /// The same in text form, for `EXPLAIN EXECUTE`, which takes no parameters.
  var text: String
  /// The row that it was taken from, which the search leaves out.
  var row: String?
}

extension QueryVector {
  /// The vectors of random rows. Equal seeds choose equal rows as long as the table is not
  /// rewritten.
  static func random(
    _ count: Int, seed: Int, on connection: Connection, table: String, column: String
  ) throws -> [QueryVector] {
    let sql = """
      SELECT \(column), \(column)::text, ctid::text FROM \(table) WHERE \(column) IS NOT NULL
      ORDER BY hashtextextended(ctid::text, \(seed)) LIMIT \(count)
      """
    let queries = try connection.query(sql, binary: true).rows.map { row in
      QueryVector(
        value: .binary(row.bytes(0), type: row.type(0)), text: try row.value(1),
        row: try row.value(2))
    }
    if queries.isEmpty { throw CommandFailure("\(table) has no row with a vector in \(column)") }
    return queries
  }

  /// The vectors of a file, a line for each: `[v, v, ...]` or `id:[v, v, ...]`.
  static func read(_ path: String) throws -> [QueryVector] {
    try VectorsFile.parseQueries(readFile(path), file: path).map { values in
      QueryVector(
        value: .realArray(values), text: "{\(values.map { "\($0)" }.joined(separator: ","))}",
        row: nil)
    }
  }
}
