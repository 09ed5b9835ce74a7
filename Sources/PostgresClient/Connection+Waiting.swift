import CLibPQ

extension Connection {
  /// Runs a statement that takes long, calling `tick` about every `milliseconds` until it ends.
  ///
  /// `tick` may use another connection, not this one. An error that it throws cancels the
  /// statement.
  public func query(
    _ sql: String, every milliseconds: Int32, tick: () throws -> Void
  ) throws -> QueryResult {
    guard PQsendQuery(handle, sql) == 1 else { throw PostgresError(connection: handle) }
    do {
      while try !isAnswered(within: milliseconds) { try tick() }
    } catch {
      cancel()
      _ = try? lastResult()
      throw error
    }
    return try lastResult()
  }

  /// Waits for the whole answer to the statement under way; false when the time is over first.
  private func isAnswered(within milliseconds: Int32) throws(PostgresError) -> Bool {
    while PQisBusy(handle) == 1 {
      var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
      if poll(&socket, 1, milliseconds) == 0 { return false }
      guard PQconsumeInput(handle) == 1 else { throw PostgresError(connection: handle) }
    }
    return true
  }

  /// Reads the results of the statement under way to their end, which libpq asks for, and returns
  /// the last.
  func lastResult() throws(PostgresError) -> QueryResult {
    var last: OpaquePointer?
    while let result = PQgetResult(handle) {
      PQclear(last)
      last = result
    }
    return try checked(last)
  }

  private func cancel() {
    guard let request = PQgetCancel(handle) else { return }
    // A cancel that fails leaves the statement to end by itself; libpq's text about it is of no use
    // here.
    var message = [CChar](repeating: 0, count: 256)
    PQcancel(request, &message, Int32(message.count))
    PQfreeCancel(request)
  }
}
