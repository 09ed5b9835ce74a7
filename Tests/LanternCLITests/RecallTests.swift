import Testing

@testable import LanternCLI

@Suite struct RecallTests {
  private let euclidean = DistanceTolerance(operator: "<->")

  private func neighbours(_ distances: [Double], rows: [Int]? = nil) -> [Neighbour] {
    zip(rows ?? Array(distances.indices), distances).map {
      Neighbour(row: "(0,\($0))", distance: $1)
    }
  }

  private func compare(
    _ exact: [Double], _ index: [Double], rows: [Int]? = nil
  ) -> Comparison {
    Comparison(
      exact: neighbours(exact), index: neighbours(index, rows: rows), tolerance: euclidean)
  }

  @Test func countsWhatIsMissing() {
    #expect(compare([1, 2, 3, 4], [1, 2, 3, 4]).recall == 1)
    #expect(compare([1, 2, 3, 4], [1, 2, 5, 6]).recall == 0.5)
    #expect(compare([1, 2, 3, 4], [9, 9.5]).recall == 0)
    #expect(compare([1, 2, 3, 4], []).recall == 0)
    #expect(compare([1, 2, 3, 4], [1, 2, 3]).recall == 0.75)
  }

  @Test func anyOfSeveralEquallyDistantRowsIsAsGoodAsAnother() {
    let comparison = compare([1, 2, 2], [1, 2, 2], rows: [0, 7, 8])
    #expect(comparison.recall == 1)
  }

  @Test func aTieDoesNotStandInForANearerRow() {
    // The row at distance 1 is missing; three rows at the last distance are one too many.
    #expect(compare([1, 2, 2], [2, 2, 2], rows: [5, 6, 7]).recall == 1)
    #expect(compare([1, 2, 3], [2, 3, 3.1], rows: [1, 2, 9]).recall == 2.0 / 3)
  }

  @Test func allowsForRoundingButForNoMore() {
    #expect(compare([1, 1_000], [1, 1_000.005]).recall == 1)
    #expect(compare([1, 1_000], [1, 1_000.5]).recall == 0.5)
    #expect(compare([0, 1e-30], [0, 2e-30]).recall == 0.5)
  }

  @Test func cosineDistanceNearZeroHasAnAbsoluteError() {
    let cosine = DistanceTolerance(operator: "<=>")
    let exact = neighbours([0, 1e-8])
    #expect(
      Comparison(exact: exact, index: neighbours([-5e-8, 2e-7]), tolerance: cosine).recall == 1)
    #expect(
      Comparison(exact: exact, index: neighbours([0, 1e-4]), tolerance: cosine).recall == 0.5)
  }

  @Test func findsTheFirstRowOutOfOrder() {
    #expect(compare([1, 2, 3], [1, 2, 3]).firstOutOfOrder == nil)
    #expect(compare([1, 2, 2], [1, 2, 2]).firstOutOfOrder == nil)
    #expect(compare([1, 2, 3], [1, 3, 2]).firstOutOfOrder == 2)
    #expect(compare([1, 2, 3], [3, 2, 1]).firstOutOfOrder == 1)
    #expect(compare([1, 2], [2.000001, 2]).firstOutOfOrder == nil)
  }

  @Test func aRowThatComesTwiceCountsOnce() {
    let comparison = compare([1, 1, 2], [1, 1, 2], rows: [0, 0, 2])
    #expect(comparison.hasRepeatedRow)
    #expect(comparison.recall == 2.0 / 3)
    #expect(!compare([1, 1], [1, 1]).hasRepeatedRow)
  }

  @Test func aTableWithFewRowsIsNoLoss() {
    #expect(compare([1], [1]).recall == 1)
    #expect(compare([], []).recall == 1)
  }

  @Test func percentilesAreOfTheSortedTimes() {
    let odd = Latencies(seconds: [0.003, 0.001, 0.002])
    #expect(odd.median == 2)
    #expect(odd.p99 == 3)
    let even = Latencies(seconds: [0.004, 0.001, 0.002, 0.003])
    #expect(even.median == 2.5)
    let many = Latencies(seconds: (1...200).map { Double($0) / 1_000 })
    #expect(many.p99 == 198)
    #expect(Latencies(seconds: [0.5]).median == 500)
    #expect(Latencies(seconds: [0.5]).p99 == 500)
  }
}
