import Testing

@testable import LanternCLI
@testable import PostgresClient

extension LiveServerTests {
  /// Writes vectors that lie in clusters, equal in every run, and returns the files.
  private func writeVectors(in folder: TemporaryFolder) throws -> (base: String, queries: String) {
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true)
    var state: UInt64 = 1
    func random() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    func rows(_ count: Int) -> [UInt8] {
      (0..<count).flatMap { row in
        [8, 0, 0, 0] + (0..<8).map { _ in UInt8(row % 4) * 40 + random() / 2 }
      }
    }
    let files = (base: folder.path + "/base.bvecs", queries: folder.path + "/query.bvecs")
    try writeFile(files.base, rows(1_500))
    try writeFile(files.queries, rows(40))
    return files
  }

  /// Runs `lantern bench` on the test server.
  private func bench(
    _ files: (base: String, queries: String), _ arguments: [String]
  ) throws -> BenchReport {
    let command = try Bench.parse(
      [
        "--base", files.base, "--queries", files.queries, "--schema", schema.name, "--dsn",
        testServer ?? "", "--ef", "10,60", "--passes", "2",
      ] + arguments)
    let data = try BenchData.read(base: files.base, queries: files.queries, rows: nil)
    return try command.measure(data, on: command.connection.connect())
  }

  private func tables() throws -> Int {
    try schema.connection.query(
      "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind = 'r'",
      [.text(schema.name)]
    ).single()
  }

  @Test func measuresAnIndexAndLeavesNothing() throws {
    let folder = TemporaryFolder()
    let report = try bench(writeVectors(in: folder), ["--clients", "2"])
    #expect(report.rows == 1_500)
    #expect(report.queries == 40)
    let index = try #require(report.indexes.first)
    #expect(index.indexBytes > 8_192 && index.tableBytes > 8_192)
    #expect(index.build.seconds > 0 && index.build.walBytes > 8_192)
    #expect(index.points.map(\.ef) == [10, 60])
    #expect(index.points[1].recall > 0.98)
    #expect(index.points[0].recall > 0.5 && index.points[0].recall <= index.points[1].recall)
    for point in index.points {
      #expect(point.queriesPerSecond.least > 0)
      #expect(point.medianMilliseconds.median <= point.p99Milliseconds.median)
      #expect(point.buffersHit + point.buffersRead > 10)
      #expect(point.queriesNearerThanTruth == 0)
    }
    #expect(try tables() == 0)
  }

  @Test func takesWhatWasKeptOnlyWhereItIsTheSame() throws {
    let folder = TemporaryFolder()
    let files = try writeVectors(in: folder)
    let first = try bench(files, ["--keep"]).indexes[0]
    #expect(!first.isReused)
    let again = try bench(files, ["--keep", "--reuse"]).indexes[0]
    #expect(again.isReused)
    #expect(again.build == first.build)
    #expect(try !bench(files, ["--keep", "--reuse", "--m", "8"]).indexes[0].isReused)
    #expect(try !bench(files, ["--keep"]).indexes[0].isReused)
    #expect(try tables() == 1)
    _ = try bench(files, ["--reuse"])
    #expect(try tables() == 0)
  }

  @Test func leavesAloneWhatIsNotItsOwn() throws {
    let folder = TemporaryFolder()
    let files = try writeVectors(in: folder)
    try schema.connection.query("CREATE TABLE \(schema.name).lantern (mine integer)")
    let error = #expect(throws: CommandFailure.self) { try bench(files, []) }
    #expect(error?.hint == "give another schema by --schema")
    #expect(try tables() == 1)
  }

  @Test func comparesWithPgvector() throws {
    let hasPgvector: Bool = try schema.connection.query(
      "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')"
    ).single()
    let folder = TemporaryFolder()
    let files = try writeVectors(in: folder)
    guard hasPgvector else {
      let error = #expect(throws: CommandFailure.self) {
        try bench(files, ["--against", "pgvector"])
      }
      #expect(error?.message == "the server has no extension \"vector\"")
      return
    }
    for metric in ["l2sq", "cosine"] {
      let report = try bench(files, ["--against", "pgvector", "--metric", metric])
      #expect(report.indexes.map(\.name) == ["lantern", "pgvector"])
      #expect(report.indexes.allSatisfy { $0.points[1].recall > 0.98 })
      let ratio = try #require(report.comparisons.first?.ratios.last)
      #expect(ratio.queriesPerSecond.map { $0.median > 0.05 && $0.median < 20 } == true)
    }
    #expect(try tables() == 0)
  }

  private func command(
    _ files: (base: String, queries: String), _ arguments: [String]
  ) throws -> (Bench, BenchData) {
    let command = try Bench.parse(
      [
        "--base", files.base, "--queries", files.queries, "--schema", schema.name, "--dsn",
        testServer ?? "", "--ef", "40", "--passes", "2",
      ] + arguments)
    return (command, try BenchData.read(base: files.base, queries: files.queries, rows: nil))
  }

  @Test func measuresInsertsAndVacuum() throws {
    let folder = TemporaryFolder()
    let (bench, data) = try command(writeVectors(in: folder), ["--writes", "--inserts", "20"])
    let report = try bench.measureWrites(data, on: bench.connection.connect())
    #expect(report.rows == 1_500 - 160)
    let index = try #require(report.indexes.first)
    #expect(index.single.count == 2 && index.copy.count == 2 && index.two.count == 2)
    #expect(index.rowsVacuumed == 150)
    let figures = WriteFigures(index, inserts: 20)
    // A node of 8 dimensions and its edges back take more than the heap's row.
    #expect(figures.walPerRow.median > 100)
    #expect(figures.oneWriter.least > 0)
    #expect(try tables() == 0)
  }

  @Test(arguments: [ChurnKind.random, .cluster, .update, .halve, .drop])
  func measuresRoundsOfChanges(kind: ChurnKind) throws {
    let folder = TemporaryFolder()
    let (bench, data) = try command(
      writeVectors(in: folder), ["--churn", kind.rawValue, "--rounds", "2"])
    let report = try bench.measureChurn(kind, data, on: bench.connection.connect())
    let index = try #require(report.indexes.first)
    #expect(index.rounds.count == (kind.isSingle ? 2 : 3))
    let deleted = index.rounds.dropFirst().map(\.deleted)
    switch kind {
    case .random, .cluster: #expect(deleted == [150, 150])
    case .update: #expect(deleted == [0, 0])
    case .halve: #expect(deleted == [750])
    case .drop: #expect(deleted == [150])
    }
    let fresh = try #require(index.fresh)
    for round in index.rounds + [fresh] { #expect(round.points.first?.recall ?? 0 > 0.97) }
    #expect(try tables() == 0)
  }
}
