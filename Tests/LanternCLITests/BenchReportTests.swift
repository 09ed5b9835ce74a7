import Foundation
import Testing

@testable import LanternCLI

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct BenchReportTests {
  /// Two indexes, of which the second is slower and starts at a higher recall.
  private func report(cpu: Bool = true, base: String = "sift/base.bvecs") -> BenchReport {
    func points(_ list: [(ef: Int, recall: Double, seconds: Double)]) -> [MeasuredPoint] {
      list.map { ef, recall, time in
        MeasuredPoint(
          ef: ef, judgement: .init(recall: recall, surpassed: 0),
          buffers: BufferCount(hit: 100, read: 0),
          passes: [0.9, 1, 1.1].map {
            Pass(
              cpuSeconds: cpu ? time * $0 : nil, queriesPerSecond: 1 / (time * $0),
              latencies: Latencies(seconds: [time * $0]))
          })
      }
    }
    let ours = points([(10, 0.9, 0.0001), (40, 0.995, 0.0004), (80, 1, 0.0008)])
    let theirs = points([(10, 0.97, 0.0004), (40, 0.996, 0.0017)])
    let indexes = [("lantern", ours), ("pgvector", theirs)].map { name, points in
      IndexReport(
        name: name, version: "1.2", options: "m = 16", indexBytes: 10_485_760,
        tableBytes: 20_971_520,
        build: BuildCost(seconds: 2, cpuSeconds: cpu ? 1.9 : nil, walBytes: 10_485_760),
        isReused: false, points: points.map(PointReport.init))
    }
    let ratios = CurveComparison(first: ("lantern", ours), second: ("pgvector", theirs))
    return BenchReport(
      base: base, queriesFile: nil, rows: 1_000, dimensions: 4, queries: 100,
      truth: "exact search by this program", metric: .l2sq, k: 10, clients: 1, passes: 3,
      serverVersion: "18.6", indexes: indexes,
      comparisons: [
        ComparisonReport(
          name: "lantern", against: "pgvector", ratios: ratios.compare(at: [0.9, 0.95, 0.99]))
      ], notes: BenchReport.notes(for: indexes))
  }

  @Test func printsFactsTablesAndRatios() {
    #expect(
      report().text(style: .plain) == """
        data     sift/base.bvecs, 1,000 x 4, Euclidean distance
        queries  100 held back from the base, k = 10
        truth    exact search by this program
        server   PostgreSQL 18.6, one client, 3 passes, interleaved

        lantern 1.2  m = 16
        index 10.0 MB, built in 2.0 s (1.9 s CPU, 10.0 MB WAL); table 20.0 MB
        ef  recall@10  CPU/query     least  greatest  queries/s       p50       p99  buffers
        10     0.9000   0.100 ms  0.090 ms  0.110 ms     10,000  0.100 ms  0.100 ms      100
        40     0.9950   0.400 ms  0.360 ms  0.440 ms      2,500  0.400 ms  0.400 ms      100
        80     1.0000   0.800 ms  0.720 ms  0.880 ms      1,250  0.800 ms  0.800 ms      100

        pgvector 1.2  m = 16
        index 10.0 MB, built in 2.0 s (1.9 s CPU, 10.0 MB WAL); table 20.0 MB
        ef  recall@10  CPU/query     least  greatest  queries/s       p50       p99  buffers
        10     0.9700   0.400 ms  0.360 ms  0.440 ms      2,500  0.400 ms  0.400 ms      100
        40     0.9960   1.700 ms  1.530 ms  1.870 ms        588  1.700 ms  1.700 ms      100

        lantern / pgvector at equal recall, median over the passes (least to greatest)
        recall  CPU/query            queries/s            buffers
        0.9700  0.69 (0.69 to 0.69)  1.44 (1.44 to 1.44)     1.00
          0.99  0.31 (0.31 to 0.31)  3.27 (3.27 to 3.27)     1.00
        Not at 0.90 and 0.95 but where pgvector's curve starts, at ef 10.
        """)
  }

  @Test func saysWhatWasNotMeasured() {
    let text = report(cpu: false).text(style: .plain)
    #expect(text.contains("index 10.0 MB, built in 2.0 s (10.0 MB WAL)"))
    #expect(text.contains("0.9700  -          1.44 (1.44 to 1.44)"))
    #expect(text.hasSuffix("/proc shows it for a server on this machine only."))
  }

  /// Counts the elements of a drawing; nil where it is not well-formed XML.
  private func elements(_ text: String) -> [String: Int]? {
    final class Counter: NSObject, XMLParserDelegate {
      var counts: [String: Int] = [:]
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
      ) {
        counts[name, default: 0] += 1
      }
    }
    let counter = Counter()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = counter
    return parser.parse() ? counter.counts : nil
  }

  @Test func drawsACurveForEachIndexInWellFormedXML() throws {
    let counts = try #require(elements(CurvePlot(report()).svg))
    #expect(counts["svg"] == 1)
    #expect(counts["polyline"] == 2)
    #expect(counts["circle"] == 4)  // three points and the legend
    let awkward = CurvePlot(report(base: "a<b>&\"c\"\u{1}.fvecs")).svg
    #expect(elements(awkward) != nil)
    #expect(awkward.contains("a&lt;b&gt;&amp;&quot;c&quot;?.fvecs"))
  }

  @Test func drawsACurveOfOnePoint() throws {
    var report = report()
    report.indexes = [report.indexes[0]]
    report.indexes[0].points = [report.indexes[0].points[2]]
    report.comparisons = []
    let svg = CurvePlot(report).svg
    #expect(elements(svg)?["polyline"] == 1)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func anAxisIsLogarithmic() {
    let axis = PlotAxis(showing: [10, 1_000], from: 500, to: 100)
    let places = [10, 100, 1_000].map(axis.pixel)
    #expect(abs((places[0] + places[2]) / 2 - places[1]) < 1e-9)
    #expect(places[0] > places[1] && places[1] > places[2])
    #expect(axis.roundNumbers == [10, 20, 50, 100, 200, 500, 1_000])
    #expect(PlotAxis(showing: [100], from: 0, to: 1).roundNumbers == [90, 100])
  }

  @Test func knowsItsCommentsAgain() throws {
    let contents = IndexContents(
      operatorClass: "dist_l2sq_ops",
      options: GraphOptions(m: 16, efConstruction: 128, quantBits: nil),
      build: BuildCost(seconds: 1.5, cpuSeconds: nil, walBytes: 7))
    let comment = try BenchComment.encode(contents)
    #expect(BenchComment.isOurs(comment))
    #expect(BenchComment.decode(comment) == contents)
    #expect(BenchComment.decode(comment) as TableContents? == nil)
    #expect(BenchComment.decode("about films") as IndexContents? == nil)
    #expect(BenchComment.decode(nil) as IndexContents? == nil)
  }

  @Test func encodesPgvectorsType() {
    #expect(
      PgvectorFormat.bytes(of: [1, -0.5]) == [0, 2, 0, 0, 0x3F, 0x80, 0, 0, 0xBF, 0, 0, 0])
    #expect(PgvectorFormat.bytes(of: ArraySlice(repeating: 0, count: 300)).prefix(2) == [1, 44])
  }

  @Test(arguments: [("10,40", [10, 40]), ("40,10,40", [10, 40]), ("7", [7])])
  func readsListsOfEf(text: String, values: [Int]) {
    #expect(EfList(argument: text)?.values == values)
  }

  @Test(arguments: ["", "0", "10,", "a", "10;20", "-1"])
  func refusesOtherLists(text: String) {
    #expect(EfList(argument: text) == nil)
  }
}
