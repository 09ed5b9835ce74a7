import CLibPQ

/// The rows that one statement returned; libpq's memory is freed with the last reference.
public final class QueryResult {
  let result: OpaquePointer

  /// Takes ownership of a libpq result.
  init(_ result: OpaquePointer) { self.result = result }

  deinit { PQclear(result) }

  /// The rows in the order the server sent them.
  public var rows: [Row] {
    (0..<PQntuples(result)).map { Row(result: self, index: $0) }
  }

  /// The rows that a command inserted, updated, deleted or copied, by its completion tag.
  public var affectedRows: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

  /// Reads the one value of a result of one row and one column.
  public func single<T: PostgresDecodable>(as type: T.Type = T.self) throws(PostgresError) -> T {
    let rows = rows
    guard rows.count == 1 else { throw PostgresError("expected one row, got \(rows.count)") }
    return try rows[0].value(0)
  }
}

/// One row of a result. Columns count from 0.
public struct Row {
  let result: QueryResult
  let index: Int32

  /// Whether the column is NULL.
  public func isNull(_ column: Int) -> Bool {
    PQgetisnull(result.result, index, Int32(column)) != 0
  }

  /// Reads a column that is not NULL; throws where it is, or where it is not a `T`.
  public func value<T: PostgresDecodable>(
    _ column: Int, as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    guard let value = try optional(column, as: T.self) else {
      throw PostgresError("column \"\(name(column))\" is NULL")
    }
    return value
  }

  /// Reads a column, NULL as nil; throws where it is not a `T`.
  public func optional<T: PostgresDecodable>(
    _ column: Int, as type: T.Type = T.self
  ) throws(PostgresError) -> T? {
    if isNull(column) { return nil }
    let raw = rawBytes(column)
    let value =
      PQfformat(result.result, Int32(column)) == 0
      ? T(postgresText: String(decoding: raw, as: UTF8.self))
      : T(postgresBinary: raw, type: self.type(column))
    guard let value else {
      throw PostgresError("column \"\(name(column))\" cannot be read as \(T.self)")
    }
    return value
  }

  /// The column's value as the server sent it, empty where it is NULL.
  public func bytes(_ column: Int) -> [UInt8] { Array(rawBytes(column)) }

  /// The OID of the column's type.
  public func type(_ column: Int) -> UInt32 { PQftype(result.result, Int32(column)) }

  private func name(_ column: Int) -> String {
    PQfname(result.result, Int32(column)).map { String(cString: $0) } ?? "\(column)"
  }

  private func rawBytes(_ column: Int) -> UnsafeRawBufferPointer {
    // SAFETY: libpq keeps the value until PQclear, and `result` is alive as long as this row.
    UnsafeRawBufferPointer(
      start: PQgetvalue(result.result, index, Int32(column)),
      count: Int(PQgetlength(result.result, index, Int32(column))))
  }
}
