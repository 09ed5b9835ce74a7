/// What `lantern bench --writes` measured.
struct WriteReport: Encodable {
  /// The base's file, as the user gave it.
  var base: String
  /// In each table when its index was built.
  var rows: Int
  var dimensions: Int
  /// What a writer inserted in each pass.
  var inserts: Int
  var passes: Int
  /// As the server tells it.
  var serverVersion: String
  /// Ours first.
  var indexes: [WriteSubjectReport]
  /// What a reader of the numbers has to know besides.
  var notes: [String]
}

/// What writing took with one index. The lists have one measurement for each pass.
struct WriteSubjectReport: Encodable {
  var name: String
  /// The extension's.
  var version: String
  /// The storage parameters of `CREATE INDEX`.
  var options: String
  var indexBytes: Int
  var build: BuildCost
  /// One writer, each row a statement and a transaction.
  var single: [WriteCost] = []
  /// One COPY.
  var copy: [WriteCost] = []
  /// Two writers at once, each of as many rows as the one.
  var two: [WriteCost] = []
  /// As `single`, into a table without an index.
  var table: [WriteCost] = []
  /// After a tenth of the rows was deleted.
  var vacuum: WriteCost?
  var rowsVacuumed = 0
}

/// What is compared of writing, derived from what was measured.
struct WriteFigures {
  /// Of the backend, per row.
  var insertMilliseconds: Spread?
  var copyMilliseconds: Spread?
  /// Rows per second of one writer, and of two.
  var oneWriter: Spread
  var twoWriters: Spread
  /// Bytes per row that the index adds to the table's own.
  var walPerRow: Spread
  var vacuumSeconds: Double?

  init(_ report: WriteSubjectReport, inserts: Int) {
    let rows = Double(inserts)
    func perRow(_ costs: [WriteCost]) -> Spread? {
      Spread(costs.map(\.cpuSeconds))?.scaled(by: 1_000 / rows)
    }
    insertMilliseconds = perRow(report.single)
    copyMilliseconds = perRow(report.copy)
    oneWriter = Spread(report.single.map { rows / $0.seconds })
    twoWriters = Spread(report.two.map { 2 * rows / $0.seconds })
    walPerRow = Spread(
      zip(report.single, report.table).map { Double($0.walBytes - $1.walBytes) / rows })
    vacuumSeconds = report.vacuum?.cpuSeconds
  }
}
