import Testing

@testable import LanternCLI

@Suite struct VerificationReportTests {
  private let index = VerifiedIndex(
    name: "i", accessMethod: "hnsw", operatorName: "<->", qualifiedOperator: "OPERATOR(public.<->)",
    bytes: 20_480)

  /// A report on one query per list of distances, each row different.
  private func report(
    exact: [[Double]], found: [[Double]], rows: [Int]? = nil, minRecall: Double = 0.95
  ) -> VerificationReport {
    func searches(_ lists: [[Double]], seconds: Double) -> [Verification.Search] {
      lists.map { list in
        let rows = rows ?? Array(list.indices)
        return .init(
          neighbours: zip(rows, list).map { Neighbour(row: "\($0)", distance: $1) },
          seconds: seconds)
      }
    }
    return VerificationReport(
      table: "t", column: "v", index: index, k: 2, ef: nil, minRecall: minRecall,
      exact: searches(exact, seconds: 0.010), found: searches(found, seconds: 0.001))
  }

  @Test func passesWhatIsRight() {
    let report = report(exact: [[1, 2], [1, 3]], found: [[1, 2], [1, 3]])
    #expect(report.failure == nil)
    #expect(report.recall == 1)
    #expect(report.speedup == 10)
  }

  @Test func failsOnLowRecall() {
    let report = report(exact: [[1, 2], [1, 3]], found: [[1, 2], [1, 4]])
    #expect(report.recall == 0.75)
    #expect(report.lowestRecall == 0.5)
    #expect(
      report.failure?.message == "recall@2 is 0.7500, below the 0.95 that --min-recall asks for")
    #expect(self.report(exact: [[1, 2]], found: [[1, 9]], minRecall: 0.5).failure == nil)
  }

  @Test func failsOnWrongOrderWhateverTheRecall() {
    let report = report(exact: [[1, 2], [1, 3]], found: [[1, 2], [3, 1]], minRecall: 0)
    #expect(report.queriesOutOfOrder == [2])
    #expect(
      report.failure?.message
        == "i returned rows out of order for 1 of 2 queries, first for query 2")
  }

  @Test func failsOnARowThatComesTwice() {
    let report = report(exact: [[1, 1]], found: [[1, 1]], rows: [4, 4], minRecall: 0)
    #expect(report.queriesWithRepeatedRows == [1])
    #expect(
      report.failure?.message == "i returned a row twice for 1 of 1 queries, first for query 1")
  }

  @Test func printsFactsAndTimes() {
    let text = report(exact: [[1, 2]], found: [[1, 2]]).text(style: .plain)
    #expect(
      text == """
        index     i on t (v), hnsw, 20 kB
        queries   1, k = 2, operator <->
        recall@2  1.0000 on average, 1.0000 at worst; at least 0.95 wanted
        order     that of the true distances, in every query

        latency     index  exact search  speedup
        median   1.000 ms     10.000 ms    10.0x
        p99      1.000 ms     10.000 ms    10.0x
        """)
  }

  @Test func findsTheIndexScansOfAPlan() throws {
    let plan = try QueryPlan(
      json: """
        [{"Plan": {"Node Type": "Limit", "Total Cost": 1.5, "Plans": [
          {"Node Type": "Index Scan", "Index Name": "i", "Order By": "(v <-> $1)"}]}}]
        """)
    #expect(plan.scannedIndexes == ["i"])
    #expect(plan.summary == "Limit > Index Scan")
  }

  @Test func aBitmapScanOfAnIndexIsNoIndexScan() throws {
    let plan = try QueryPlan(
      json: """
        [{"Plan": {"Node Type": "Sort", "Plans": [{"Node Type": "Bitmap Heap Scan", "Plans": [
          {"Node Type": "Bitmap Index Scan", "Index Name": "i"}]}]}}]
        """)
    #expect(plan.scannedIndexes.isEmpty)
  }
}
