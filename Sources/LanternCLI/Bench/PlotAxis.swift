/// An axis whose values lie logarithmically.
struct PlotAxis {
  /// What is shown, ascending, both above 0.
  private let range: ClosedRange<Double>
  /// The pixels of the range's ends.
  private let pixels: (start: Double, end: Double)

  /// An axis from pixel to pixel that shows all the values, of which there is at least one, and some
  /// room beside them.
  init(showing values: [Double], from start: Double, to end: Double) {
    let least = values.min() ?? 1
    let greatest = values.max() ?? 1
    range = least / 1.15...greatest * 1.15
    pixels = (start, end)
  }

  /// Where a value lies.
  func pixel(_ value: Double) -> Double {
    let share = log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
    return pixels.start + share * (pixels.end - pixels.start)
  }

  /// Those of the values that are shown.
  func shown(_ values: [Double]) -> [Double] { values.filter { range.contains($0) } }

  /// The round numbers 1, 2 and 5 times a power of ten that are shown; where these are few, all
  /// digits.
  var roundNumbers: [Double] {
    func numbers(_ digits: [Double]) -> [Double] {
      shown((-6..<12).flatMap { power in digits.map { $0 * pow(10, Double(power)) } })
    }
    let few = numbers([1, 2, 5])
    return few.count >= 3 ? few : numbers([1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9])
  }
}
