import PostgresClient

extension Bench {
  /// Measures inserts and VACUUM, and takes away what it made unless it is to be kept.
  func measureWrites(_ data: BenchData, on server: Connection) throws -> WriteReport {
    try withTables(of: data, on: server) { schema, tables in
      let bench = WriteBench(data: data, passes: passes, inserts: writing.inserts)
      let indexes = try bench.run(tables, in: schema) { try connection.connect() }
      let costs = indexes.flatMap { $0.single + $0.copy + $0.two }
      return WriteReport(
        base: data.baseName, rows: bench.rows, dimensions: data.base.dimensions,
        inserts: writing.inserts, passes: passes,
        serverVersion: try server.query("SHOW server_version").single(), indexes: indexes,
        notes: Self.notes(costs, rows: 4 * writing.inserts * passes * tables.count))
    }
  }

  /// Measures rounds of changes, and takes away what it made unless it is to be kept.
  func measureChurn(
    _ kind: ChurnKind, _ data: BenchData, on server: Connection
  ) throws -> ChurnReport {
    try withTables(of: data, on: server) { schema, tables in
      let bench = ChurnBench(
        kind: kind, data: data, metric: metric, k: k, efs: ef.values, rounds: writing.rounds)
      return ChurnReport(
        kind: kind, base: data.baseName, dimensions: data.base.dimensions,
        queries: data.queries.count, metric: metric, k: k,
        serverVersion: try server.query("SHOW server_version").single(),
        indexes: try tables.map { table in
          try bench.run(table, in: schema) { try connection.connect() }
        })
    }
  }

  private func withTables<Report>(
    of data: BenchData, on server: Connection, _ body: (BenchSchema, [BenchTable]) throws -> Report
  ) throws -> Report {
    let contenders = contenders(dimensions: data.base.dimensions)
    let schema = try BenchSchema(server, name: schema, contenders: contenders)
    let tables = contenders.map { BenchTable(in: schema, $0) }
    let report: Report
    do {
      report = try body(schema, tables)
    } catch {
      // The first error is the one to report.
      if !keep { try? schema.dropAll(tables: tables.map(\.table)) }
      throw error
    }
    if !keep { try schema.dropAll(tables: tables.map(\.table)) }
    return report
  }

  private static func notes(_ costs: [WriteCost], rows: Int) -> [String] {
    var notes: [String] = []
    if costs.contains(where: { $0.cpuSeconds == nil }) {
      notes.append(
        "The backends' processor time is not measured: /proc shows it for a server on this machine only."
      )
    }
    let images = costs.map(\.fullPageImages).reduce(0, +)
    // A page that is added to an index has one.
    if images > rows {
      notes.append(
        "\(grouped(images)) full-page images are in the log: a checkpoint came in between. With a "
          + "larger max_wal_size and checkpoint_timeout there are none.")
    }
    return notes
  }
}
