import CLibPQ

/// A connection to a server, closed with its last reference. One thread at a time may use it.
public final class Connection {
  let handle: OpaquePointer
  private let notices = NoticeHandler()

  /// Receives the server's notices and warnings; without one they are dropped.
  public var onNotice: ((PostgresError) -> Void)? {
    get { notices.receive }
    set { notices.receive = newValue }
  }

  /// Connects, and waits until the server is ready.
  ///
  /// `conninfo` is a URI, a list of `keyword=value` or a database's name, as psql takes it; what it
  /// leaves out comes from the PG environment variables. Text travels as UTF-8 whatever the
  /// database's encoding.
  public init(_ conninfo: String = "", applicationName: String = "lantern") throws(PostgresError) {
    let settings = [
      ("dbname", conninfo), ("fallback_application_name", applicationName),
      ("client_encoding", "UTF8"),
    ]
    let handle = withCStrings(settings.map(\.0)) { keywords in
      withCStrings(settings.map(\.1)) { PQconnectdbParams(keywords, $0, 1) }
    }
    guard let handle, PQstatus(handle) == CONNECTION_OK else {
      defer { PQfinish(handle) }
      throw PostgresError(connection: handle)
    }
    self.handle = handle
    // SAFETY: the handler lives as long as the connection, and libpq calls it only from within its
    // calls.
    PQsetNoticeReceiver(
      handle,
      { handler, result in
        guard let handler, let result else { return }
        let box = Unmanaged<NoticeHandler>.fromOpaque(handler).takeUnretainedValue()
        box.receive?(PostgresError(result: result))
      }, Unmanaged.passUnretained(notices).toOpaque())
  }

  deinit { PQfinish(handle) }

  /// The server's version as PostgreSQL numbers it: 150020 is 15.20.
  public var serverVersion: Int { Int(PQserverVersion(handle)) }

  /// The process id of the server's backend for this connection.
  public var backendPID: Int32 { PQbackendPID(handle) }

  /// Runs one statement; `binary` asks for the rows' values in binary format.
  @discardableResult
  public func query(
    _ sql: String, _ parameters: [Parameter] = [], binary: Bool = false
  ) throws(PostgresError) -> QueryResult {
    try checked(
      parameters.withLibPQArrays { types, values, lengths, formats in
        PQexecParams(
          handle, sql, Int32(parameters.count), types, values, lengths, formats, binary ? 1 : 0)
      })
  }

  /// Prepares a statement, which the server keeps under its name until the connection closes.
  public func prepare(_ name: String, _ sql: String) throws(PostgresError) -> PreparedStatement {
    _ = try checked(PQprepare(handle, name, sql, 0, nil))
    return PreparedStatement(connection: self, name: name)
  }

  /// Runs `body` in a transaction that is rolled back if it throws.
  public func transaction<Result>(
    _ options: String = "", _ body: () throws -> Result
  ) throws -> Result {
    try query("BEGIN \(options)")
    do {
      let result = try body()
      try query("COMMIT")
      return result
    } catch {
      // The first error is the one to report; if this fails too the connection is gone, and so is
      // the transaction.
      _ = try? query("ROLLBACK")
      throw error
    }
  }

  /// Takes ownership of what libpq returned, or throws the error it stands for.
  func checked(_ result: OpaquePointer?) throws(PostgresError) -> QueryResult {
    guard let result else { throw PostgresError(connection: handle) }
    let owned = QueryResult(result)
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN: return owned
    case PGRES_EMPTY_QUERY: throw PostgresError("the statement is empty")
    default: throw PostgresError(result: result)
    }
  }
}

/// A statement that the server has parsed, to be run many times.
public struct PreparedStatement {
  let connection: Connection

  /// The name under which `EXECUTE` and `EXPLAIN EXECUTE` know it.
  public let name: String

  /// Runs the statement; `binary` asks for the rows' values in binary format.
  public func run(_ parameters: [Parameter], binary: Bool = false) throws(PostgresError)
    -> QueryResult
  {
    try connection.checked(
      parameters.withLibPQArrays { _, values, lengths, formats in
        PQexecPrepared(
          connection.handle, name, Int32(parameters.count), values, lengths, formats, binary ? 1 : 0
        )
      })
  }
}

/// Carries the closure that libpq's notice receiver calls.
private final class NoticeHandler {
  var receive: ((PostgresError) -> Void)?
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> Result
) -> Result {
  var pointers: [UnsafePointer<CChar>?] = []
  func next(_ rest: ArraySlice<String>) -> Result {
    guard let first = rest.first else { return body(pointers + [nil]) }
    return first.withCString {
      pointers.append($0)
      return next(rest.dropFirst())
    }
  }
  return next(strings[...])
}
