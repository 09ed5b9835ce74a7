import Testing

@testable import LanternCLI

@Suite struct CurveTests {
  private func curve(_ points: [(Double, Double)]) -> Curve {
    Curve(points.map { Curve.Point(recall: $0.0, value: $0.1) })
  }

  @Test func interpolatesTheLogarithm() throws {
    let curve = curve([(0.8, 1), (0.9, 4), (1, 8)])
    #expect(curve.value(at: 0.8) == 1)
    #expect(curve.value(at: 0.9) == 4)
    #expect(curve.value(at: 1) == 8)
    #expect(abs(try #require(curve.value(at: 0.85)) - 2) < 1e-9)
    #expect(abs(try #require(curve.value(at: 0.95)) - 4 * 2.0.squareRoot()) < 1e-9)
  }

  @Test func saysNothingOutsideOfWhatWasMeasured() {
    let curve = curve([(0.8, 1), (0.9, 4)])
    #expect(curve.start == 0.8)
    #expect(curve.end == 0.9)
    #expect(curve.value(at: 0.79) == nil)
    #expect(curve.value(at: 0.91) == nil)
  }

  @Test func leavesOutPointsThatDoNotRaiseTheRecall() {
    let curve = curve([(0.8, 1), (0.79, 2), (0.8, 3), (0.9, 4), (0.9, 9)])
    #expect(curve.points.map(\.value) == [1, 4])
  }

  /// A point for each recall; the seconds of each pass.
  private func points(_ list: [(ef: Int, recall: Double, cpu: [Double?])]) -> [MeasuredPoint] {
    list.map { ef, recall, cpu in
      MeasuredPoint(
        ef: ef, judgement: .init(recall: recall, surpassed: 0),
        buffers: BufferCount(hit: Double(ef), read: 0),
        passes: cpu.map {
          Pass(
            cpuSeconds: $0, queriesPerSecond: 1 / ($0 ?? 1), latencies: Latencies(seconds: [1]))
        })
    }
  }

  private func compare(
    _ a: [(ef: Int, recall: Double, cpu: [Double?])],
    _ b: [(ef: Int, recall: Double, cpu: [Double?])], at recalls: [Double]
  ) -> [RecallComparison] {
    CurveComparison(first: ("a", points(a)), second: ("b", points(b))).compare(at: recalls)
  }

  @Test func comparesPassWithPass() throws {
    // The second pass is twice as slow for both: the ratio does not see it.
    let ratios = compare(
      [(10, 0.9, [1, 2, 1]), (20, 1, [4, 8, 4])], [(10, 0.9, [2, 4, 4]), (20, 1, [8, 16, 16])],
      at: [0.9, 0.95])
    #expect(ratios.map(\.wanted) == [[0.9], [0.95]])
    #expect(ratios[0].recall == 0.9)
    #expect(ratios[0].note == nil)
    #expect(ratios[0].cpu == Spread([0.5, 0.5, 0.25]))
    #expect(ratios[0].queriesPerSecond == Spread([2, 2, 4]))
    #expect(ratios[0].buffers == 1)
    let between = try #require(ratios[1].cpu)
    #expect(abs(between.median - 0.5) < 1e-9)
    #expect(abs(between.least - 0.25) < 1e-9)
  }

  @Test func comparesWhereTheLaterCurveStarts() {
    let ratios = compare(
      [(10, 0.8, [1]), (20, 0.97, [2]), (40, 1, [4])], [(10, 0.97, [4]), (20, 1, [8])],
      at: [0.99, 0.9, 0.95])
    #expect(ratios.map(\.wanted) == [[0.9, 0.95], [0.99]])
    #expect(ratios[0].recall == 0.97)
    #expect(ratios[0].note == "b's curve starts, at ef 10")
    #expect(ratios[0].cpu == Spread([0.5]))
    #expect(ratios[1].note == nil)
  }

  @Test func comparesNothingThatOneDoesNotReach() {
    let ratios = compare(
      [(10, 0.8, [1]), (20, 0.93, [2])], [(10, 0.85, [1]), (20, 1, [2])], at: [0.9, 0.95, 0.99])
    #expect(ratios.map(\.recall) == [0.9, nil, nil])
    #expect(ratios[1].wanted == [0.95])
    #expect(ratios[1].note == "a reaches 0.9300 at most, at ef 20")
    #expect(ratios[1].cpu == nil)
  }

  @Test func hasNoRatioOfTimesThatWereNotMeasured() {
    let ratios = compare(
      [(10, 0.9, [nil, 1]), (20, 1, [2, 2])], [(10, 0.9, [1, 1]), (20, 1, [2, 2])], at: [0.9])
    #expect(ratios[0].cpu == nil)
    #expect(ratios[0].queriesPerSecond != nil)
  }

  @Test func aSpreadIsOfTheSortedValues() {
    let spread = Spread([3, 1, 2])
    #expect((spread.median, spread.least, spread.greatest) == (2, 1, 3))
    #expect(Spread([1, 2, 3, 10]).median == 2.5)
    #expect(Spread([1, nil]) == nil)
    #expect(Spread([Double?]()) == nil)
    #expect(Spread([1, 2, 4]).scaled(by: 10) == Spread([10, 20, 40]))
  }
}
