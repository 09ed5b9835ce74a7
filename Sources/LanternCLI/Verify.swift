import ArgumentParser
import PostgresClient

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check an index against exact search.",
    discussion: """
      Takes vectors from random rows, looks for the nearest other rows by the index and by \
      scanning the table, and reports the recall, whether the rows come in the order of their \
      true distances, and both latencies:

        lantern verify --table movies --column vector
        lantern verify --table movies --column vector --k 50 --ef 400 --min-recall 0.99
        lantern verify --table movies --column vector --json

      Ends with exit status 1 if the recall is below --min-recall, if rows come out of order or \
      twice, or if the server does not use the index. Recall counts by distance, so equally \
      distant rows are equally good. The latencies are those of a prepared statement, from sending it to \
      having its rows, after one search that does not count.
      """)

  @Option(help: "The table, with a schema or without.")
  var table: String

  @Option(help: "The indexed column.")
  var column: String

  @Option(help: "The index, where the column has several.")
  var index: String?

  @Option(help: "How many queries to make.")
  var queries = 100

  @Option(help: "How many neighbours to look for.")
  var k = 10

  @Option(help: "lantern_hnsw.ef for the searches, instead of the index's own.")
  var ef: Int?

  @Option(help: "Seed of the choice of rows; equal seeds choose equal rows.")
  var seed = 1

  @Option(
    help: ArgumentHelp(
      "Take real[] vectors from this file, a line \"[v, v, ...]\" or \"id:[v, v, ...]\" for each.",
      valueName: "file"))
  var queryFile: String?

  @Option(help: "The least recall that passes, from 0 to 1.")
  var minRecall = 0.95

  @Flag(help: "Print the report as JSON.")
  var json = false

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    try requireAtLeastOne(["queries": queries, "k": k, "ef": ef])
    if !(0...1).contains(minRecall) { throw ValidationError("--min-recall must be from 0 to 1.") }
  }

  func run() throws {
    let fileQueries = try queryFile.map { Array(try QueryVector.read($0).prefix(queries)) }
    let connection = try connection.connect()
    let report = try connection.transaction("ISOLATION LEVEL REPEATABLE READ READ ONLY") {
      try verify(on: connection, fileQueries: fileQueries)
    }
    if json {
      try printJSON(report)
    } else {
      print(report.text(style: Terminal.outputStyle))
    }
    if let failure = report.failure { throw failure }
  }

  /// A file's vectors are real numbers, which other types would be given wrongly.
  private func requireReals(_ connection: Connection, table: String, column: String) throws {
    let type: String = try connection.query(
      """
      SELECT format_type(atttypid, NULL) FROM pg_attribute
      WHERE attrelid = $1::regclass AND attname = $2
      """, [.text(table), .text(column)]
    ).single()
    if type != "real[]" {
      throw CommandFailure(
        "the vectors of a file are real[], and \(column) is of type \(type)",
        hint: "without --query-file, the vectors of random rows are taken")
    }
  }

  private func verify(
    on connection: Connection, fileQueries: [QueryVector]?
  ) throws -> VerificationReport {
    let table = try connection.quotedName(table)
    let columnName: String = try connection.query(
      "SELECT (parse_ident($1))[1]", [.text(column)]
    ).single()
    let quotedColumn = try connection.quotedName(column)
    // The server's own error is the clearest where there is no such table or column.
    try connection.query("SELECT \(quotedColumn) FROM \(table) LIMIT 0")
    if fileQueries != nil { try requireReals(connection, table: table, column: columnName) }
    let target = try VerifiedIndex.find(
      on: connection, table: table, column: columnName, wanted: index)
    let vectors =
      try fileQueries
      ?? QueryVector.random(
        queries, seed: seed, on: connection, table: table, column: quotedColumn)

    let verification = Verification(
      connection: connection, table: table, column: quotedColumn, index: target, k: k)
    let exact = try verification.searchExactly(vectors)
    let found = try verification.searchIndex(vectors, ef: ef)
    return VerificationReport(
      table: table, column: columnName, index: target, k: k, ef: ef, minRecall: minRecall,
      exact: exact, found: found)
  }
}
