/// How far two distances may lie apart and still count as equal.
///
/// Distances are sums of Floats, whose last digits depend on the order of summation. Cosine
/// distance is one minus a number near one besides, so near zero its error is absolute.
struct DistanceTolerance {
  var relative = 1e-5
  var absolute = 0.0

  /// What suits the distance that an operator computes.
  init(operator name: String) {
    if name == "<=>" { absolute = 1e-6 }
  }

  /// Whether a distance is no more than another one, allowing for rounding.
  func isAtMost(_ distance: Double, _ other: Double) -> Bool {
    distance <= other + absolute + relative * other.magnitude
  }
}

/// One row that a search returned.
struct Neighbour: Equatable {
  /// The row's place in the table (`ctid`), which identifies it within one snapshot.
  var row: String
  var distance: Double
}

/// A search by the index beside the exact search for the same query.
struct Comparison {
  /// The share of what exact search finds that the index found too, from 0 to 1.
  var recall: Double
  /// The first position, from 0, whose distance is below that of the row before it.
  var firstOutOfOrder: Int?
  /// Whether the index returned some row twice.
  var hasRepeatedRow: Bool

  /// Compares by distance: every row as near as the farthest exact neighbour is as good as any,
  /// so that ties cannot lower the recall.
  init(exact: [Neighbour], index: [Neighbour], tolerance: DistanceTolerance) {
    let distinct = Dictionary(index.map { ($0.row, $0.distance) }) { first, _ in first }
    hasRepeatedRow = distinct.count < index.count

    let farthest = exact.map(\.distance).max()
    let hits = distinct.values.count { distance in
      farthest.map { tolerance.isAtMost(distance, $0) } ?? false
    }
    recall = exact.isEmpty ? 1 : Double(min(hits, exact.count)) / Double(exact.count)

    firstOutOfOrder = index.indices.dropFirst().first {
      !tolerance.isAtMost(index[$0 - 1].distance, index[$0].distance)
    }
  }
}
