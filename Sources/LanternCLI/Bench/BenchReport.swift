/// What `lantern bench` measured.
struct BenchReport: Encodable {
  /// The base's file, as the user gave it.
  var base: String
  /// That of the queries; nil where they were held back from the base.
  var queriesFile: String?
  var rows: Int
  var dimensions: Int
  var queries: Int
  /// Where the true neighbours are from.
  var truth: String
  var metric: BenchMetric
  var k: Int
  var clients: Int
  var passes: Int
  /// As the server tells it.
  var serverVersion: String
  /// Ours first.
  var indexes: [IndexReport]
  /// Ours with each other one.
  var comparisons: [ComparisonReport]
  /// What a reader of the numbers has to know besides.
  var notes: [String]
}

/// One index and its curve.
struct IndexReport: Encodable {
  var name: String
  /// The extension's.
  var version: String
  /// The storage parameters of `CREATE INDEX`.
  var options: String
  var indexBytes: Int
  /// The table's, without what is stored beside it.
  var tableBytes: Int
  var build: BuildCost
  /// Whether an earlier run built it.
  var isReused: Bool
  /// Ascending by `ef`.
  var points: [PointReport]
}

/// One `ef` of one index: the recall, and over the passes what a query took.
struct PointReport: Encodable {
  var ef: Int
  /// The mean over the queries.
  var recall: Double
  /// The backend's, per query; nil where the server is not on this machine.
  var cpuMilliseconds: Spread?
  /// Of all clients together.
  var queriesPerSecond: Spread
  var medianMilliseconds: Spread
  var p99Milliseconds: Spread
  /// Queries for which rows nearer than the true neighbours were found.
  var queriesNearerThanTruth: Int
  /// Pages per query that were in shared buffers.
  var buffersHit: Double
  /// Pages per query that were not.
  var buffersRead: Double

  init(_ point: MeasuredPoint) {
    ef = point.ef
    recall = point.recall
    cpuMilliseconds = Spread(point.passes.map(\.cpuSeconds))?.scaled(by: 1_000)
    queriesPerSecond = Spread(point.passes.map(\.queriesPerSecond))
    medianMilliseconds = Spread(point.passes.map(\.latencies.median))
    p99Milliseconds = Spread(point.passes.map(\.latencies.p99))
    queriesNearerThanTruth = point.judgement.surpassed
    buffersHit = point.buffers.hit
    buffersRead = point.buffers.read
  }
}

/// What our index takes, or gives, divided by what another one does, at equal recall.
struct ComparisonReport: Encodable {
  var name: String
  var against: String
  var ratios: [RecallComparison]
}

extension BenchReport {
  /// The recalls at which indexes are compared.
  static let comparedRecalls = [0.90, 0.95, 0.99]

  /// Our first subject with each of the others.
  static func comparisons(of subjects: [Sweep.Subject]) -> [ComparisonReport] {
    subjects.dropFirst().map { other in
      let sides = [subjects[0], other].map { (name: $0.contender.name, points: $0.points) }
      return ComparisonReport(
        name: sides[0].name, against: sides[1].name,
        ratios: CurveComparison(first: sides[0], second: sides[1]).compare(at: comparedRecalls))
    }
  }

  /// What the numbers do not say by themselves.
  static func notes(for indexes: [IndexReport]) -> [String] {
    var notes: [String] = []
    if indexes.contains(where: { $0.points.contains { $0.cpuMilliseconds == nil } }) {
      notes.append(
        "The backends' processor time is not measured: /proc shows it for a server on this machine only."
      )
    }
    if indexes.contains(where: { $0.points.contains { $0.buffersRead >= 0.5 } }) {
      notes.append(
        "Not every page was in shared buffers: a larger shared_buffers would change the times.")
    }
    if indexes.contains(where: { $0.points.contains { $0.queriesPerSecond.isWide } }) {
      notes.append(
        "Some passes took twice as long as others: the machine had other work meanwhile.")
    }
    if let most = indexes.flatMap(\.points).map(\.queriesNearerThanTruth).max(), most > 0 {
      notes.append(
        "For \(grouped(most)) of the queries rows nearer than the true neighbours were found: these "
          + "are of other vectors or by another distance.")
    }
    if indexes.contains(where: \.isReused) {
      notes.append("What a build took is that of the run that built the index.")
    }
    return notes
  }
}
