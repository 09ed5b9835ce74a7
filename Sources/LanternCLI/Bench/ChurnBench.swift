import PostgresClient

/// Changes rows and vacuums, round after round, and measures what the index is worth after each.
struct ChurnBench {
  var kind: ChurnKind
  var data: BenchData
  var metric: BenchMetric
  var k: Int
  /// Ascending.
  var efs: [Int]
  var rounds: Int

  /// Runs all rounds with one contender's table, and compares with an index built anew.
  func run(
    _ table: BenchTable, in schema: BenchSchema, connect: @escaping () throws -> Connection
  ) throws -> ChurnSubjectReport {
    var plan = ChurnPlan(kind, rows: data.base.count)
    // Rows keep their numbers, so what waits is deleted before the index is built.
    let built = try load(table, plan.first, in: schema, connect: connect)
    let writer = try WriteClient(connect(), table, in: schema)
    let client = try BenchClient(connect(), table, in: schema, metric: metric, k: k)
    var report = ChurnSubjectReport(
      name: table.contender.name,
      version: try schema.version(of: table.contender.extensionName),
      options: table.contender.storageParameters, rounds: [])
    report.rounds.append(
      try measure(client, table, plan.live, ChurnRound(round: 0, indexBytes: built.indexBytes)))
    var progress = ProgressBar()
    defer { progress.clear() }
    let count = kind.isSingle ? 1 : rounds
    for round in 1...count {
      progress.update("\(table.contender.name), rounds", done: round - 1, of: count)
      let change = plan.next(data.base, metric: metric)
      var result = ChurnRound(round: round, indexBytes: 0)
      result.deleted = change.deleted.count
      if !change.deleted.isEmpty { try writer.delete(change.deleted) }
      result.insert = try .measure([writer.connection]) {
        if kind == .update {
          try writer.updateAll()
        } else if !change.inserted.isEmpty {
          try writer.copy(change.inserted, of: data.base)
        }
      }
      result.vacuum = try .measure([writer.connection]) { try writer.vacuum() }
      result.indexBytes = try table.indexBytes()
      report.rounds.append(try measure(client, table, plan.live, result))
    }
    try table.connection.query("REINDEX INDEX \(table.index)")
    report.fresh = try measure(
      client, table, plan.live, ChurnRound(round: count, indexBytes: table.indexBytes()))
    return report
  }

  private func load(
    _ table: BenchTable, _ rows: [Int], in schema: BenchSchema,
    connect: @escaping () throws -> Connection
  ) throws -> BenchTable.Built {
    try table.prepare(
      data.base, only: rows, in: schema, reuse: false,
      columns: kind == .update ? ", note integer DEFAULT 0" : "",
      progress: IndexProgress(watcher: connect))
  }

  /// Adds to a round what searches find after it.
  private func measure(
    _ client: BenchClient, _ table: BenchTable, _ live: [Int], _ round: ChurnRound
  ) throws -> ChurnRound {
    var round = round
    let truth = try Truth.exact(for: data, rows: live, metric: metric, k: k)
    for ef in efs where ef <= table.contender.largestEf {
      try client.set(ef: ef)
      let found = try data.queries.indices.map { query in
        try client.search(table.contender.parameter(data.queries[query])).map { row in
          Neighbour(
            row: String(row), distance: metric.distance(data.queries[query], data.base[row]))
        }
      }
      round.points.append(
        ChurnPoint(ef: ef, recall: truth.judge(found, metric: metric).recall))
    }
    return round
  }
}
