/// How a quantity, such as the time of a query, grows with the recall.
struct Curve {
  struct Point: Equatable {
    var recall: Double
    /// Above 0.
    var value: Double
  }

  /// Ascending by recall; at least one.
  let points: [Point]

  /// A curve through points in the order of `ef`. One that does not raise the recall is left out:
  /// it costs more and gives nothing.
  init(_ points: [Point]) {
    var rising: [Point] = []
    for point in points where point.recall > rising.last?.recall ?? -1 { rising.append(point) }
    self.points = rising
  }

  /// The least recall that it has a value for.
  var start: Double { points[0].recall }
  /// The greatest recall that it has a value for.
  var end: Double { points[points.count - 1].recall }

  /// The value at a recall, between two points on a straight line of its logarithm; nil outside the
  /// curve.
  func value(at recall: Double) -> Double? {
    guard let above = points.firstIndex(where: { $0.recall >= recall }) else { return nil }
    let upper = points[above]
    if upper.recall == recall { return upper.value }
    guard above > 0 else { return nil }
    let lower = points[above - 1]
    let share = (recall - lower.recall) / (upper.recall - lower.recall)
    return exp((1 - share) * log(lower.value) + share * log(upper.value))
  }
}
