/// Draws what was measured: recall to the right, queries per second upwards, a curve for each
/// index.
///
/// The recall's axis is the logarithm of what is missed, so that 0.99 and 0.999 are as far apart as
/// 0.9 and 0.99.
struct CurvePlot {
  private let report: BenchReport
  private let x: PlotAxis
  private let y: PlotAxis
  /// What is missed at least, as far as it is drawn: the logarithm of nothing lies nowhere.
  private let leastMissed: Double

  private static let (left, right, top, bottom) = (92.0, 868.0, 128.0, 520.0)
  /// Told apart by the colour-blind too: Okabe and Ito's blue, vermilion and green.
  private static let colours = ["#0072b2", "#d55e00", "#009e73"]

  init(_ report: BenchReport) {
    self.report = report
    let points = report.indexes.flatMap(\.points)
    let missed = points.map { 1 - $0.recall }.filter { $0 > 1e-9 }
    let least = (missed.min() ?? 0.01) / 2
    leastMissed = least
    // To the right what is missed becomes less.
    x = PlotAxis(
      showing: points.map { max(1 - $0.recall, least) }, from: Self.right, to: Self.left)
    y = PlotAxis(
      showing: points.flatMap { [$0.queriesPerSecond.least, $0.queriesPerSecond.greatest] },
      from: Self.bottom, to: Self.top)
  }

  /// The drawing as an SVG file.
  var svg: String {
    let data = report.base.split(separator: "/").suffix(2).joined(separator: "/")
    let title = "\(data): \(grouped(report.rows)) vectors of \(report.dimensions) dimensions"
    var svg = SVG(width: 900, height: 600, title: "Recall and queries per second, \(title)")
    svg.text(title, at: (Self.left, 36), size: 20, colour: "#111111", isBold: true)
    svg.text(subtitle, at: (Self.left, 60), colour: "#666666")
    drawLegend(&svg)
    drawAxes(&svg)
    drawRatios(&svg)
    for index in report.indexes.indices { drawCurve(index, &svg) }
    svg.text(footnote, at: (Self.left, 586), size: 12, colour: "#888888")
    return svg.text
  }

  private var subtitle: String {
    let clients = report.clients == 1 ? "one client" : "\(report.clients) clients"
    return "\(report.metric.title), PostgreSQL \(report.serverVersion), \(clients); "
      + "further up and to the right is better"
  }

  private var footnote: String {
    let bars =
      report.passes == 1
      ? "One pass"
      : "Median of \(report.passes) passes, bars from the least to the greatest"
    let ratios = comparison.map { "; dashed: \($0.name) / \($0.against) at equal recall" } ?? ""
    return "\(bars); number at a point: its ef\(ratios)"
  }

  private func point(_ recall: Double, _ queriesPerSecond: Double) -> (x: Double, y: Double) {
    (x.pixel(max(1 - recall, leastMissed)), y.pixel(queriesPerSecond))
  }

  private func drawLegend(_ svg: inout SVG) {
    var place = Self.left
    for (number, index) in report.indexes.enumerated() {
      let colour = Self.colours[number % Self.colours.count]
      svg.line(from: (place, 88), to: (place + 34, 88), colour: colour, width: 3)
      svg.mark(at: (place + 17, 88), colour: colour, isSquare: number % 2 == 1)
      let name = "\(index.name) \(index.version)"
      svg.text(name, at: (place + 44, 93), size: 15, colour: "#111111")
      place += 80 + 9 * Double(name.count)
    }
  }

  private func drawAxes(_ svg: inout SVG) {
    for value in y.roundNumbers {
      let height = y.pixel(value)
      svg.line(from: (Self.left, height), to: (Self.right, height), colour: "#e6e6e6")
      let label = value >= 1 ? grouped(Int(value.rounded())) : fixed(value, 2)
      svg.text(label, at: (Self.left - 10, height + 5), anchor: .end)
    }
    for recall in recallTicks {
      let place = x.pixel(1 - recall)
      svg.line(from: (place, Self.top), to: (place, Self.bottom), colour: "#e6e6e6")
      svg.text(label(recall), at: (place, Self.bottom + 22), anchor: .middle)
    }
    if report.indexes.contains(where: { $0.points.contains { 1 - $0.recall < leastMissed } }) {
      svg.text("1", at: (x.pixel(leastMissed), Self.bottom + 22), anchor: .middle)
    }
    svg.line(
      from: (Self.left, Self.bottom), to: (Self.right, Self.bottom), colour: "#333333", width: 1.5)
    svg.text(
      "recall@\(report.k)", at: ((Self.left + Self.right) / 2, Self.bottom + 46), size: 15,
      anchor: .middle, isBold: true)
    svg.text(
      "queries per second", at: (26, (Self.top + Self.bottom) / 2), size: 15, anchor: .middle,
      isBold: true, turned: true)
  }

  /// Round recalls, as many as have room.
  private var recallTicks: [Double] {
    let missed = x.shown([
      0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005,
      0.0002, 0.0001,
    ])
    var ticks: [Double] = []
    for value in missed.reversed() {
      let isFree = ticks.allSatisfy { abs(x.pixel(value) - x.pixel(1 - $0)) >= 48 }
      let place = x.pixel(value)
      let meetsOne = missed.isEmpty || abs(place - x.pixel(leastMissed)) < 30
      if isFree && !meetsOne { ticks.append(1 - value) }
    }
    return ticks.reversed()
  }

  private func label(_ recall: Double) -> String {
    var text = fixed(recall, 4)
    while text.hasSuffix("0") { text.removeLast() }
    return text
  }

  private func drawCurve(_ number: Int, _ svg: inout SVG) {
    let colour = Self.colours[number % Self.colours.count]
    let points = report.indexes[number].points
    for measured in points {
      svg.line(
        from: point(measured.recall, measured.queriesPerSecond.least),
        to: point(measured.recall, measured.queriesPerSecond.greatest), colour: colour, width: 2,
        opacity: 0.4)
    }
    svg.curve(
      through: points.map { point($0.recall, $0.queriesPerSecond.median) }, colour: colour,
      width: 2.5)
    for measured in points {
      let place = point(measured.recall, measured.queriesPerSecond.median)
      svg.mark(at: place, colour: colour, isSquare: number % 2 == 1)
      let label = number == 0 ? (place.x + 8, place.y - 8) : (place.x - 8, place.y + 18)
      svg.text(
        "\(measured.ef)", at: label, size: 12, colour: colour, anchor: number == 0 ? .start : .end,
        halo: true)
    }
  }

  /// How many times as many queries per second the first index answers, at the recalls compared.
  private func drawRatios(_ svg: inout SVG) {
    guard let comparison else { return }
    var nearest = Double.infinity
    for ratio in comparison.ratios.reversed() {
      guard let recall = ratio.recall, let times = ratio.queriesPerSecond else { continue }
      let place = x.pixel(max(1 - recall, leastMissed))
      guard nearest - place >= 52 else { continue }
      nearest = place
      svg.line(
        from: (place, Self.top), to: (place, Self.bottom), colour: "#999999", dashes: "4 4")
      svg.text(
        "\(fixed(times.median, 2))x", at: (place, Self.top - 7), size: 13, colour: "#555555",
        anchor: .middle, isBold: true)
    }
  }

  /// Where there are two indexes, their ratios.
  private var comparison: ComparisonReport? {
    report.comparisons.count == 1 ? report.comparisons[0] : nil
  }
}
