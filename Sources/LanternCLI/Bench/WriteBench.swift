import PostgresClient

/// Measures what it takes to insert rows into a table with an index, and to vacuum it.
struct WriteBench {
  var data: BenchData
  var passes: Int
  /// What a writer inserts in each pass.
  var inserts: Int

  /// One contender's table with its writers, and what was measured of it so far.
  private struct Subject {
    var table: BenchTable
    var built: BenchTable.Built
    var writers: [WriteClient]
    var plain: WriteClient
    var report: WriteSubjectReport
  }

  /// How many rows of the base are held back: for one writer, one COPY and two writers at once.
  private var held: Int { 4 * inserts * passes }
  /// How many rows each table has when its index is built.
  var rows: Int { data.base.count - held }

  /// Loads and builds each table, then inserts in turns, then deletes a tenth and vacuums.
  func run(
    _ tables: [BenchTable], in schema: BenchSchema, connect: @escaping () throws -> Connection
  ) throws -> [WriteSubjectReport] {
    guard rows >= held else {
      throw CommandFailure(
        "\(data.baseName) has \(grouped(data.base.count)) rows, and \(grouped(held)) of them are "
          + "to be inserted", hint: "give less by --inserts or --passes")
    }
    let first = VectorSet(
      dimensions: data.base.dimensions,
      values: Array(data.base.values.prefix(rows * data.base.dimensions)))
    var subjects = try tables.map { table in
      try subject(table, first, in: schema, connect: connect)
    }
    var next = rows
    func take() -> [Int] {
      defer { next += inserts }
      return Array(next..<next + inserts)
    }
    var progress = ProgressBar()
    defer { progress.clear() }
    for pass in 0..<passes {
      progress.update("inserting", done: pass, of: passes)
      let shares = (0..<4).map { _ in take() }
      for index in subjects.indices { try insert(shares, &subjects[index]) }
    }
    for index in subjects.indices {
      progress.update("vacuum of \(tables[index].contender.name)", done: index, of: tables.count)
      try vacuum(&subjects[index])
    }
    for subject in subjects {
      try subject.plain.connection.query("DROP TABLE \(Self.plain(subject.table))")
    }
    return subjects.map(\.report)
  }

  private func subject(
    _ table: BenchTable, _ vectors: VectorSet, in schema: BenchSchema,
    connect: @escaping () throws -> Connection
  ) throws -> Subject {
    let built = try table.prepare(
      vectors, in: schema, reuse: false, progress: IndexProgress(watcher: connect))
    let writers = try (0..<2).map { _ in try WriteClient(connect(), table, in: schema) }
    var plain = table
    plain.table = Self.plain(table)
    let connection = try connect()
    try connection.query("SET search_path = \(schema.searchPath)")
    // Not a temporary one: what is written to that is not logged.
    try connection.query("CREATE TABLE \(plain.table) (LIKE \(table.table))")
    return Subject(
      table: table, built: built, writers: writers,
      plain: try WriteClient(connection, plain, in: schema),
      report: WriteSubjectReport(
        name: table.contender.name,
        version: try schema.version(of: table.contender.extensionName),
        options: table.contender.storageParameters, indexBytes: built.indexBytes,
        build: built.build))
  }

  /// The name of a table with the same columns and no index.
  private static func plain(_ table: BenchTable) -> String { table.table + "_plain" }

  private func insert(_ shares: [[Int]], _ subject: inout Subject) throws {
    let (writers, plain, base) = (subject.writers, subject.plain, data.base)
    subject.report.single.append(
      try .measure([writers[0].connection]) { try writers[0].insert(shares[0], of: base) })
    subject.report.copy.append(
      try .measure([writers[0].connection]) { try writers[0].copy(shares[1], of: base) })
    subject.report.two.append(
      try .measure(writers.map(\.connection)) {
        _ = try onThreads(2) { try writers[$0].insert(shares[2 + $0], of: base) }
      })
    subject.report.table.append(
      try .measure([plain.connection]) { try plain.insert(shares[0], of: base) })
  }

  private func vacuum(_ subject: inout Subject) throws {
    let writer = subject.writers[0]
    try writer.delete((0..<data.base.count).filter { $0 % 10 == 3 })
    subject.report.vacuum = try .measure([writer.connection]) { try writer.vacuum() }
    subject.report.rowsVacuumed = (0..<data.base.count).count { $0 % 10 == 3 }
  }
}
