import MovieLens
import Synchronization

/// The true nearest neighbours of every query, by which the recall is measured.
struct Truth {
  /// For each query its `k` nearest rows, the nearest first.
  var neighbours: [[Neighbour]]
  /// Where they are from, for people.
  var source: String

  /// Takes them from a file, if there is one and it is for the whole base; computes them otherwise.
  static func find(
    for data: BenchData, metric: BenchMetric, k: Int, file: String?, rows: Int?
  ) throws -> Truth {
    if let file, rows == nil {
      return try read(file, for: data, metric: metric, k: k)
    }
    let reason = file == nil ? "" : ", as \(file ?? "") is for the whole base"
    return Truth(
      neighbours: try compute(for: data, metric: metric, k: k),
      source: "exact search by this program" + reason)
  }

  /// Reads an `.ivecs` file of row numbers; the distances are computed anew.
  private static func read(
    _ path: String, for data: BenchData, metric: BenchMetric, k: Int
  ) throws -> Truth {
    let file = try VecsFile(mapFile(path), component: .ivecs, name: path)
    guard file.count == data.queries.count, file.dimensions >= k else {
      throw CommandFailure(
        "\(path) has the \(file.dimensions) nearest rows of \(file.count) queries, and the "
          + "\(k) nearest of \(data.queries.count) are wanted",
        hint: "without --truth they are computed")
    }
    let rows = try file.rowNumbers(below: data.base.count)
    let neighbours = rows.indices.map { query in
      rows[query].prefix(k).map { row in
        Neighbour(
          row: String(row), distance: metric.distance(data.queries[query], data.base[row]))
      }
    }
    let truth = Truth(neighbours: neighbours, source: path)
    try truth.check(path, for: data, metric: metric, k: k)
    return truth
  }

  /// The nearest of some rows of the base.
  static func exact(
    for data: BenchData, rows: [Int], metric: BenchMetric, k: Int
  ) throws -> Truth {
    Truth(
      neighbours: try compute(for: data, rows: rows, metric: metric, k: k),
      source: "exact search by this program")
  }

  private static func compute(
    for data: BenchData, rows: [Int]? = nil, metric: BenchMetric, k: Int
  ) throws -> [[Neighbour]] {
    let threads = max(1, min(ProcessInfo.processInfo.activeProcessorCount, data.queries.count))
    let done = Mutex(0)
    // The first thread shows how far all are.
    let shares = try onThreads(threads) { thread in
      var progress = ProgressBar()
      defer { progress.clear() }
      return stride(from: thread, to: data.queries.count, by: threads).map { query in
        let nearest = nearest(
          to: data.queries[query], in: data.base, rows: rows, metric: metric, k: k)
        let count = done.withLock { count in
          count += 1
          return count
        }
        if thread == 0 { progress.update("exact search", done: count, of: data.queries.count) }
        return nearest
      }
    }
    return data.queries.indices.map { shares[$0 % threads][$0 / threads] }
  }

  private static func nearest(
    to query: ArraySlice<Float>, in base: VectorSet, rows: [Int]? = nil, metric: BenchMetric, k: Int
  ) -> [Neighbour] {
    // Sorted, the farthest last; few rows get in once the first have set the bound.
    var nearest: [(row: Int, distance: Double)] = []
    for number in 0..<(rows?.count ?? base.count) {
      let row = rows?[number] ?? number
      let distance = metric.distance(query, base[row])
      if nearest.count == k {
        if distance >= nearest[k - 1].distance { continue }
        nearest.removeLast()
      }
      let place = nearest.lastIndex { $0.distance <= distance }.map { $0 + 1 } ?? 0
      nearest.insert((row, distance), at: place)
    }
    return nearest.map { Neighbour(row: String($0.row), distance: $0.distance) }
  }

  /// How good what an index found is.
  struct Judgement: Equatable {
    /// The mean over the queries: by distance, as `Comparison` has it.
    var recall: Double
    /// Queries for which it found rows nearer than the true neighbours, which then are not quite
    /// true.
    var surpassed: Int
  }

  /// Judges what an index found for each query; distances are those of `metric`.
  func judge(_ found: [[Neighbour]], metric: BenchMetric) -> Judgement {
    let tolerance = DistanceTolerance(operator: metric.operatorName)
    let recalls = zip(neighbours, found).map {
      Comparison(exact: $0, index: $1, tolerance: tolerance).recall
    }
    return Judgement(
      recall: recalls.reduce(0, +) / Double(recalls.count),
      surpassed: zip(neighbours, found).count { Self.nearer($1, than: $0, tolerance) != nil })
  }

  /// The first place at which neighbours are nearer than others, and both distances there.
  private static func nearer(
    _ found: [Neighbour], than others: [Neighbour], _ tolerance: DistanceTolerance
  ) -> (place: Int, found: Double, other: Double)? {
    let pairs = zip(found.map(\.distance).sorted(), others.map(\.distance).sorted())
    for (place, (found, other)) in pairs.enumerated() where !tolerance.isAtMost(other, found) {
      return (place, found, other)
    }
    return nil
  }

  /// How many queries show that a file belongs to other data or to another distance.
  private static let checkedQueries = 20

  /// Throws where exact search finds nearer rows for some of the first queries.
  private func check(_ path: String, for data: BenchData, metric: BenchMetric, k: Int) throws {
    let tolerance = DistanceTolerance(operator: metric.operatorName)
    for query in neighbours.indices.prefix(Self.checkedQueries) {
      let exact = Self.nearest(to: data.queries[query], in: data.base, metric: metric, k: k)
      if let nearer = Self.nearer(exact, than: neighbours[query], tolerance) {
        throw CommandFailure(
          "\(path) does not hold the nearest rows of \(data.baseName) by \(metric.rawValue): neighbour "
            + "\(nearer.place + 1) of query \(query + 1) is at \(nearer.found), not \(nearer.other)",
          hint: "without --truth they are computed")
      }
    }
  }
}
