/// The times that a number of searches took; there is at least one.
struct Latencies: Encodable {
  /// Milliseconds.
  var median: Double
  /// Milliseconds; the nearest rank, so with less than a hundred searches the slowest.
  var p99: Double

  init(seconds: [Double]) {
    let sorted = seconds.sorted()
    let middle = sorted.count / 2
    median = Self.milliseconds((sorted[middle] + sorted[(sorted.count - 1) / 2]) / 2)
    p99 = Self.milliseconds(sorted[Int((0.99 * Double(sorted.count)).rounded(.up)) - 1])
  }

  /// Rounded to microseconds, below which a client's clock says nothing.
  private static func milliseconds(_ seconds: Double) -> Double {
    (seconds * 1_000_000).rounded() / 1_000
  }
}
