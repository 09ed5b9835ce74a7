import PostgresClient

/// What a piece of writing took.
struct WriteCost: Encodable, Equatable {
  var seconds: Double
  /// Of the backends that wrote; nil where the server is not on this machine.
  var cpuSeconds: Double?
  /// What the whole server wrote to its write-ahead log meanwhile.
  var walBytes: Int
  /// Full-page images among it: the first change of a page after a checkpoint has one.
  var fullPageImages: Int

  /// Measures what `body` does through the connections.
  static func measure(
    _ connections: [Connection], _ body: () throws -> Void
  ) throws -> WriteCost {
    let monitor = connections[0]
    let clocks = connections.map { BackendCPU(pid: $0.backendPID) }
    let images = try fullPageImages(connections)
    let wal = try walPosition(monitor)
    let before = clocks.map { $0?.seconds }
    let start = ContinuousClock.now
    try body()
    let time = LanternCLI.seconds(ContinuousClock.now - start)
    let used = zip(before, clocks).compactMap { before, clock in
      before.flatMap { before in clock?.seconds.map { $0 - before } }
    }
    return WriteCost(
      seconds: time, cpuSeconds: used.count == clocks.count ? used.reduce(0, +) : nil,
      walBytes: try walPosition(monitor) - wal,
      fullPageImages: try fullPageImages(connections) - images)
  }

  /// Bytes of write-ahead log since the cluster was made.
  private static func walPosition(_ connection: Connection) throws -> Int {
    try connection.query("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").single()
  }

  private static func fullPageImages(_ connections: [Connection]) throws -> Int {
    for connection in connections { try connection.query("SELECT pg_stat_force_next_flush()") }
    return try connections[0].query("SELECT wal_fpi FROM pg_stat_wal").single()
  }
}
