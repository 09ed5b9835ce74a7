import ArgumentParser
import PostgresClient

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure an index: recall, time, pages touched, size, cost of the build.",
    discussion: """
      Loads the vectors of a data set into a table of its own, builds the index, and searches with \
      every query at each --ef, several times over; beside pgvector's index on the same server, \
      if asked to:

        lantern bench --base sift_base.fvecs --queries sift_query.fvecs \\
            --truth sift_groundtruth.ivecs --against pgvector --plot sift.svg
        lantern bench --base base.bvecs --rows 20000 --keep --reuse
        lantern bench --base movie_vectors.txt --metric cosine --ef 10,40,160 --json
        lantern bench --base sift_base.fvecs --writes --against pgvector
        lantern bench --base sift_base.fvecs --queries sift_query.fvecs --churn random --ef 40

      Files end in .fvecs, .bvecs or .ivecs, or in .txt for MovieLens' vectors. Recall counts by \
      distance, with a slack for rounding. Each search is a prepared statement with a binary \
      parameter. In each pass the indexes are searched in turn at each ef, and medians over the \
      passes are printed. CPU is that of the server's backends by \
      /proc/PID/schedstat, so it is there for a server on this machine only. Buffers are those \
      of the index scan by EXPLAIN, pages of the rows found included, for 20 of the queries. \
      WAL is all that the server wrote during the build. Builds use no parallel workers, and \
      PGOPTIONS="-c maintenance_work_mem=1GB" gives them memory.

      Ratios are taken at recall 0.90, 0.95 and 0.99, each index's time interpolated on its own \
      curve. The tables, in the schema that --schema names, and extensions that had to be created \
      are dropped at the end, unless --keep is given; then --reuse takes the tables, and a run \
      without it replaces them.

      With --writes the last rows of the base are inserted after the build: in each pass by single \
      statements, by COPY, and by two connections at once, the indexes in turn. Then every tenth \
      row is deleted and the table vacuumed. What the log takes is the index's share: what the \
      same rows take in a table without an index is taken off.

      With --churn the index is searched at each --ef after each round. The kinds: random and \
      cluster replace a tenth of the rows, update changes another column of all, halve and drop \
      delete once and for all. At the end the index is built anew, to compare with.
      """)

  @Option(help: ArgumentHelp("The vectors to search.", valueName: "file"))
  var base: String

  @Option(
    help: ArgumentHelp(
      "The vectors to search with; without it, up to 1000 of the base are held back.",
      valueName: "file"))
  var queries: String?

  @Option(
    help: ArgumentHelp(
      "The nearest rows of each query, .ivecs; without it, and with --rows, they are computed.",
      valueName: "file"))
  var truth: String?

  @Option(help: "The distance: l2sq or cosine.")
  var metric = BenchMetric.l2sq

  @Option(help: "How many neighbours to look for.")
  var k = 10

  @Option(help: "The values of ef to measure at.")
  var ef = EfList(values: [10, 15, 20, 30, 40, 60, 100, 200, 400])

  @Option(help: "How often to search with all queries at each ef.")
  var passes = 5

  @Option(help: "How many connections search at the same time.")
  var clients = 1

  @Option(help: "m of the indexes.")
  var m = 16

  @Option(help: "ef_construction of the indexes.")
  var efConstruction = 128

  @Option(help: "quant_bits of lantern's index.")
  var quantBits = 16

  @Option(help: "code_bits of lantern's index; its own default if not given.")
  var codeBits: Int?

  @Option(help: "Another extension to measure on the same data: pgvector.")
  var against: [Opponent] = []

  @Option(help: "Take this many rows of the base only.")
  var rows: Int?

  @Option(help: "The schema of the tables.")
  var schema = "lantern_bench"

  @Flag(help: "Leave the tables for another run.")
  var keep = false

  @Flag(help: "Take tables and indexes that were left, if data and options are the same.")
  var reuse = false

  @Flag(help: "Print the report as JSON, keys that have no value left out.")
  var json = false

  @Option(
    help: ArgumentHelp("Draw recall and queries per second to this SVG file.", valueName: "file"))
  var plot: String?

  @OptionGroup var writing: WriteOptions

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    try requireAtLeastOne([
      "k": k, "passes": passes, "clients": clients, "m": m, "ef-construction": efConstruction,
      "rows": rows,
    ])
    if truth != nil && queries == nil {
      throw ValidationError("--truth needs --queries: it is about the queries of a file.")
    }
    if Set(against).count < against.count {
      throw ValidationError("--against names an extension twice.")
    }
  }

  func run() throws {
    let data = try BenchData.read(base: base, queries: queries, rows: rows)
    // Where there is no server, say so before long computations.
    let server = try connection.connect()
    if writing.writes {
      return try show(measureWrites(data, on: server)) { $0.text(style: $1) }
    }
    if let kind = writing.churn {
      return try show(measureChurn(kind, data, on: server)) { $0.text(style: $1) }
    }
    let report = try measure(data, on: server)
    if let plot { try writeFile(plot, Array(CurvePlot(report).svg.utf8)) }
    try show(report) { $0.text(style: $1) }
  }

  private func show<Report: Encodable>(
    _ report: Report, text: (Report, Style) -> String
  ) throws {
    if json { try printJSON(report) } else { print(text(report, Terminal.outputStyle)) }
  }
}

/// Values of `ef`, separated by commas on the command line.
struct EfList: ExpressibleByArgument {
  /// Ascending, each once; at least one, all at least 1.
  var values: [Int]

  init(values: [Int]) { self.values = values }

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.allSatisfy({ $0.map { $0 >= 1 } ?? false }) else { return nil }
    values = Set(numbers.compactMap { $0 }).sorted()
  }

  var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}
