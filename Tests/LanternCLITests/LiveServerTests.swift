import MovieLens
import Testing

@testable import LanternCLI
@testable import PostgresClient

/// The server to test with, from LANTERN_TEST_DSN; the tests make and drop a schema of their own.
let testServer = getenv("LANTERN_TEST_DSN").map { String(cString: $0) }

/// A connection to the test server with an own schema, dropped at the end.
final class TestSchema {
  let connection: Connection
  let name = "lantern_test_" + UUID().uuidString.lowercased().filter { $0 != "-" }

  init() throws {
    connection = try Connection(testServer ?? "")
    try connection.query("CREATE SCHEMA \(name)")
  }

  deinit { _ = try? connection.query("DROP SCHEMA \(name) CASCADE") }

  var films: String { name + ".films" }

  func hasLantern() throws -> Bool {
    try connection.query(
      "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'lantern')"
    ).single()
  }
}

@Suite(
  .enabled(if: testServer != nil, "LANTERN_TEST_DSN does not name a server"), .serialized)
struct LiveServerTests {
  let schema: TestSchema

  init() throws { schema = try TestSchema() }

  @Test func storesWhatItIsGiven() throws {
    let sample = Sample.catalogue()
    let report = try MovieLoader(connection: schema.connection, table: schema.films)
      .load(sample, replace: false, index: nil)
    #expect(report.films == 2_400)
    let rows = try schema.connection.query(
      "SELECT id, title, genres, vector::text FROM \(schema.films) ORDER BY id"
    ).rows
    #expect(rows.count == 2_400)
    for (row, (film, vector)) in zip(rows, zip(sample.films, sample.vectors)) {
      #expect(try row.value(0) == Int(film.id))
      #expect(try row.value(1) == film.title)
      #expect(try row.value(2) == film.genres.joined(separator: "|"))
      let text = try row.value(3, as: String.self).dropFirst().dropLast()
      #expect(text.split(separator: ",").map { Float($0) } == vector)
    }
  }

  @Test func changesNothingWhereTheTableExistsOrTheLoadFails() throws {
    let loader = MovieLoader(connection: schema.connection, table: schema.films)
    try schema.connection.query("CREATE TABLE \(schema.films) (mine text)")
    let error = #expect(throws: CommandFailure.self) {
      try loader.load(Sample.catalogue(), replace: false, index: nil)
    }
    #expect(error?.description.contains("already exists (hint: --replace") == true)

    // A zero byte is refused by the server in the middle of the COPY, after the old table was
    // dropped.
    var broken = Sample.catalogue()
    broken.films[2_000].title = "A\0B"
    let refused = #expect(throws: PostgresError.self) {
      try loader.load(broken, replace: true, index: nil)
    }
    #expect(refused?.sqlState == "22021")
    #expect(try schema.connection.query("SELECT mine FROM \(schema.films)").rows.isEmpty)

    _ = try loader.load(Sample.catalogue(), replace: true, index: nil)
    #expect(try schema.connection.query("SELECT count(*) FROM \(schema.films)").single() == 2_400)
  }

  @Test func indexesRecommendsAndVerifies() throws {
    guard try schema.hasLantern() else {
      Issue.record("the extension lantern is not installed on the test server")
      return
    }
    let connection = schema.connection
    let report = try MovieLoader(connection: connection, table: schema.films).load(
      Sample.catalogue(), replace: false,
      index: IndexProgress(watcher: { try Connection(testServer ?? "") }))
    #expect(report.index?.bytes ?? 0 > 0)

    let recommender = try Recommender(connection: connection, table: schema.films)
    let film = try recommender.film(titled: "midnight at hollowmere")
    #expect(film.title == Sample.favourite)
    let recommended = try recommender.recommend(film, limit: 10).recommendations
    #expect(recommended.count == 10)
    #expect(recommended.map(\.distance) == recommended.map(\.distance).sorted())
    #expect(recommended.prefix(2).allSatisfy { $0.title.hasPrefix("Midnight at Hollowmere I") })
    #expect(throws: CommandFailure.self) { try recommender.film(titled: "hollowmere") }

    let index = try VerifiedIndex.find(
      on: connection, table: schema.films, column: "vector", wanted: nil)
    let queries = try QueryVector.random(
      50, seed: 1, on: connection, table: schema.films, column: "vector")
    let verification = Verification(
      connection: connection, table: schema.films, column: "vector", index: index, k: 10)
    try connection.transaction("ISOLATION LEVEL REPEATABLE READ READ ONLY") {
      let exact = try verification.searchExactly(queries)
      let found = try verification.searchIndex(queries, ef: nil)
      let report = VerificationReport(
        table: schema.films, column: "vector", index: index, k: 10, ef: nil, minRecall: 0.95,
        exact: exact, found: found)
      #expect(report.failure == nil)
    }
  }

  @Test func callsTheTickWhileAStatementRunsAndCancelsWhenItThrows() throws {
    struct Enough: Error {}
    var ticks = 0
    let result = try schema.connection.query("SELECT 1 FROM pg_sleep(0.3)", every: 20) {
      ticks += 1
    }
    #expect(try result.single() == 1)
    #expect(ticks >= 5)

    let start = ContinuousClock.now
    #expect(throws: Enough.self) {
      try schema.connection.query("SELECT pg_sleep(60)", every: 20) { throw Enough() }
    }
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect(try schema.connection.query("SELECT 2").single() == 2)
  }

  @Test func reportsErrorsAndNoticesWithTheirFields() throws {
    let error = #expect(throws: PostgresError.self) {
      try schema.connection.query("SELECT 1/$1", [.integer(0)])
    }
    #expect(error?.sqlState == "22012")
    #expect(error?.severity == "ERROR")
    #expect(error?.message == "division by zero")

    var notices: [PostgresError] = []
    schema.connection.onNotice = { notices.append($0) }
    try schema.connection.query("DO $$ BEGIN RAISE WARNING 'mind' USING HINT = 'the gap'; END $$")
    #expect(notices.map(\.message) == ["mind"])
    #expect(notices.map(\.hint) == ["the gap"])
    #expect(notices.map(\.severity) == ["WARNING"])
  }
}
