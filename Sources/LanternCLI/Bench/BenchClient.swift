import PostgresClient

/// One connection that searches one contender's table by its index.
///
/// SAFETY of `@unchecked Sendable`: clients move between threads, and one thread at a time uses one.
final class BenchClient: @unchecked Sendable {
  private let connection: Connection
  private let statement: PreparedStatement
  private let contender: Contender
  private let indexName: String
  private let cpu: BackendCPU?

  /// Prepares the search for the `k` nearest rows.
  init(
    _ connection: Connection, _ table: BenchTable, in schema: BenchSchema, metric: BenchMetric,
    k: Int
  )
    throws
  {
    self.connection = connection
    contender = table.contender
    indexName = table.indexName
    // A generic plan is made once, so the plan that EXPLAIN shows is the one that is timed.
    for setting in [
      "search_path = \(schema.searchPath)", "enable_seqscan = off",
      "plan_cache_mode = force_generic_plan", "jit = off",
    ] {
      try connection.query("SET \(setting)")
    }
    // Its timer would cost every search a little.
    if connection.serverVersion >= 140_000 {
      try connection.query("RESET client_connection_check_interval")
    }
    statement = try connection.prepare(
      "search",
      """
      SELECT id FROM \(table.table)
      ORDER BY v \(metric.operatorName) $1::\(contender.type) LIMIT \(k)
      """)
    cpu = BackendCPU(pid: connection.backendPID)
  }

  /// Seconds of the backend's on a processor; nil where the server is not on this machine.
  var cpuSeconds: Double? { cpu?.seconds }

  /// Sets how hard the searches look.
  func set(ef: Int) throws { try connection.query("SET \(contender.efSetting) = \(ef)") }

  /// The ids of the rows that a search finds, in their order.
  func search(_ query: Parameter) throws -> [Int] {
    try statement.run([query], binary: true).rows.map { try $0.value(0) }
  }

  /// Searches with each query and returns the seconds that each took, from sending it to having
  /// its rows.
  func time(_ queries: [Parameter]) throws -> [Double] {
    var times: [Double] = []
    times.reserveCapacity(queries.count)
    var start = ContinuousClock.now
    for query in queries {
      _ = try statement.run([query], binary: true)
      let end = ContinuousClock.now
      times.append(seconds(end - start))
      start = end
    }
    return times
  }

  /// Throws unless the server searches by the index.
  func checkPlan(_ query: ArraySlice<Float>) throws {
    let plan = try explain("FORMAT JSON", query)
    guard plan.scannedIndexes == [indexName] else {
      throw CommandFailure(
        "the server does not use \(indexName) for the search but \(plan.summary)")
    }
  }

  /// The pages that a search touches, by the server's count for its index scan.
  func buffers(_ query: ArraySlice<Float>) throws -> BufferCount {
    let plan = try explain("ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON", query)
    let scan = plan.nodes.first { $0.indexName == indexName }
    guard let hit = scan?.sharedHitBlocks, let read = scan?.sharedReadBlocks else {
      throw CommandFailure("the server's EXPLAIN does not tell the buffers of \(indexName)")
    }
    return BufferCount(hit: Double(hit), read: Double(read))
  }

  private func explain(_ options: String, _ query: ArraySlice<Float>) throws -> QueryPlan {
    try QueryPlan(
      json: connection.query(
        "EXPLAIN (\(options)) EXECUTE \(statement.name)('\(contender.literal(query))')"
      ).single())
  }
}

/// Pages of 8 kB that searches touch, on average: those of the index and those of the rows found.
struct BufferCount: Equatable {
  /// Found in the server's shared buffers.
  var hit: Double
  /// Asked of the operating system.
  var read: Double

  /// All of them.
  var total: Double { hit + read }
}
