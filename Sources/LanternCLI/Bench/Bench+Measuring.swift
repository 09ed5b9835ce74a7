import PostgresClient

extension Bench {
  /// Loads, builds, searches, and takes away what it made unless it is to be kept.
  func measure(_ data: BenchData, on server: Connection) throws -> BenchReport {
    let contenders = contenders(dimensions: data.base.dimensions)
    for contender in contenders where ef.values[0] > contender.largestEf {
      throw CommandFailure(
        "\(contender.efSetting) is at most \(contender.largestEf), and --ef has larger values only")
    }
    let truth = try Truth.find(for: data, metric: metric, k: k, file: truth, rows: rows)
    let schema = try BenchSchema(server, name: schema, contenders: contenders)
    let tables = contenders.map { BenchTable(in: schema, $0) }
    let report: BenchReport
    do {
      report = try measure(tables, in: schema, data, truth)
    } catch {
      // The first error is the one to report.
      if !keep { try? schema.dropAll(tables: tables.map(\.table)) }
      throw error
    }
    if !keep { try schema.dropAll(tables: tables.map(\.table)) }
    return report
  }

  /// Ours, and those to compare with.
  func contenders(dimensions: Int) -> [Contender] {
    let graph = GraphOptions(
      m: m, efConstruction: efConstruction, quantBits: quantBits, codeBits: codeBits)
    return [Contender.lantern(graph, metric: metric, dimensions: dimensions)]
      + against.map { $0.contender(graph, metric: metric, dimensions: dimensions) }
  }

  private func measure(
    _ tables: [BenchTable], in schema: BenchSchema, _ data: BenchData, _ truth: Truth
  ) throws -> BenchReport {
    let built = try tables.map {
      try $0.prepare(
        data.base, in: schema, reuse: reuse,
        progress: IndexProgress(watcher: { try connection.connect() }))
    }
    let subjects = try tables.map { table in
      Sweep.Subject(
        contender: table.contender,
        clients: try (0..<clients).map { _ in
          try BenchClient(connection.connect(), table, in: schema, metric: metric, k: k)
        })
    }
    var sweep = Sweep(
      subjects, data: data, metric: metric, truth: truth, efs: ef.values, passes: passes)
    try sweep.run()
    return try report(sweep, built, in: schema)
  }

  private func report(
    _ sweep: Sweep, _ built: [BenchTable.Built], in schema: BenchSchema
  ) throws -> BenchReport {
    let data = sweep.data
    let indexes = try zip(sweep.subjects, built).map { subject, built in
      IndexReport(
        name: subject.contender.name,
        version: try schema.version(of: subject.contender.extensionName),
        options: subject.contender.storageParameters, indexBytes: built.indexBytes,
        tableBytes: built.tableBytes, build: built.build, isReused: built.isReused,
        points: subject.points.map(PointReport.init))
    }
    return BenchReport(
      base: data.baseName, queriesFile: data.queriesName, rows: data.base.count,
      dimensions: data.base.dimensions, queries: data.queries.count, truth: sweep.truth.source,
      metric: metric, k: k, clients: clients, passes: passes,
      serverVersion: try schema.connection.query("SHOW server_version").single(),
      indexes: indexes, comparisons: BenchReport.comparisons(of: sweep.subjects),
      notes: BenchReport.notes(for: indexes)
        + sweep.subjects.map(\.contender).filter { $0.largestEf < sweep.efs.last ?? 0 }.map {
          "\($0.name) was not measured at ef above \(grouped($0.largestEf)), the most that "
            + "\($0.efSetting) takes."
        })
  }
}
