/// What `lantern verify` found.
struct VerificationReport: Encodable {
  var table: String
  var column: String
  var index: String
  var accessMethod: String
  var `operator`: String
  var indexBytes: Int
  var queries: Int
  var k: Int
  /// nil where the index's own is used.
  var ef: Int?
  /// The mean over the queries, from 0 to 1.
  var recall: Double
  var lowestRecall: Double
  var minRecall: Double
  /// Queries, from 1, whose rows did not come in the order of their distances.
  var queriesOutOfOrder: [Int]
  /// Queries, from 1, for which some row came twice.
  var queriesWithRepeatedRows: [Int]
  var indexMilliseconds: Latencies
  var exactMilliseconds: Latencies

  /// How many times as fast as exact search the index is, by the medians.
  var speedup: Double

  init(
    table: String, column: String, index: VerifiedIndex, k: Int, ef: Int?, minRecall: Double,
    exact: [Verification.Search], found: [Verification.Search]
  ) {
    let tolerance = DistanceTolerance(operator: index.operatorName)
    let comparisons = zip(exact, found).map {
      Comparison(exact: $0.neighbours, index: $1.neighbours, tolerance: tolerance)
    }
    func numbers(where condition: (Comparison) -> Bool) -> [Int] {
      comparisons.indices.filter { condition(comparisons[$0]) }.map { $0 + 1 }
    }
    let recalls = comparisons.map(\.recall)

    self.table = table
    self.column = column
    self.index = index.name
    accessMethod = index.accessMethod
    `operator` = index.operatorName
    indexBytes = index.bytes
    queries = comparisons.count
    self.k = k
    self.ef = ef
    recall = recalls.reduce(0, +) / Double(recalls.count)
    lowestRecall = recalls.min() ?? 0
    self.minRecall = minRecall
    queriesOutOfOrder = numbers { $0.firstOutOfOrder != nil }
    queriesWithRepeatedRows = numbers { $0.hasRepeatedRow }
    indexMilliseconds = Latencies(seconds: found.map(\.seconds))
    exactMilliseconds = Latencies(seconds: exact.map(\.seconds))
    speedup = (100 * exactMilliseconds.median / indexMilliseconds.median).rounded() / 100
  }

  /// Why the index does not pass, nil where it does.
  var failure: CommandFailure? {
    if let first = queriesOutOfOrder.first {
      return CommandFailure(
        "\(index) returned rows out of order for \(queriesOutOfOrder.count) of \(queries) queries, "
          + "first for query \(first)",
        hint: "SELECT _lantern_internal.validate_index('\(index)') looks into it")
    }
    if let first = queriesWithRepeatedRows.first {
      return CommandFailure(
        "\(index) returned a row twice for \(queriesWithRepeatedRows.count) of \(queries) queries, "
          + "first for query \(first)",
        hint: "SELECT _lantern_internal.validate_index('\(index)') looks into it")
    }
    if recall < minRecall {
      return CommandFailure(
        "recall@\(k) is \(fixed(recall, 4)), below the \(minRecall) that --min-recall asks for",
        hint: "a larger --ef, or lantern_hnsw.ef, finds more")
    }
    return nil
  }
}
