/// A quantity that was measured several times, at least once.
struct Spread: Encodable, Equatable {
  var median: Double
  var least: Double
  var greatest: Double

  init(_ values: [Double]) {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    median = (sorted[middle] + sorted[(sorted.count - 1) / 2]) / 2
    least = sorted[0]
    greatest = sorted[sorted.count - 1]
  }

  /// Whether the greatest is twice the least or more.
  var isWide: Bool { greatest >= 2 * least }

  /// The quantity in another unit.
  func scaled(by factor: Double) -> Spread {
    Spread([least * factor, median * factor, greatest * factor])
  }
}

extension Spread {
  /// Measurements of which none is missing; nil where one is.
  init?(_ values: [Double?]) {
    let present = values.compactMap { $0 }
    guard !present.isEmpty, present.count == values.count else { return nil }
    self.init(present)
  }
}
