import Synchronization
import Testing

@testable import LanternCLI

@Suite struct TruthTests {
  /// The points 0 to 9 on a line, and two queries between them.
  private let data = BenchData(
    base: VectorSet(dimensions: 2, values: (0..<10).flatMap { [Float($0), 0] }),
    queries: VectorSet(dimensions: 2, values: [2.2, 0, 8.9, 0]), baseName: "base.fvecs",
    queriesName: "query.fvecs")

  private func found(_ rows: [[Int]]) -> [[Neighbour]] {
    rows.enumerated().map { query, rows in
      rows.map {
        Neighbour(
          row: String($0), distance: BenchMetric.l2sq.distance(data.queries[query], data.base[$0]))
      }
    }
  }

  private func write(_ rows: [[Int32]], in folder: TemporaryFolder) throws -> String {
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true)
    let path = folder.path + "/truth.ivecs"
    try writeFile(
      path,
      rows.flatMap { row in
        ([Int32(row.count)] + row).flatMap { value in
          withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
      })
    return path
  }

  @Test func findsTheNearestRowsInTheirOrder() throws {
    let truth = try Truth.find(for: data, metric: .l2sq, k: 3, file: nil, rows: nil)
    #expect(truth.neighbours.map { $0.map(\.row) } == [["2", "3", "1"], ["9", "8", "7"]])
    #expect(abs(truth.neighbours[0][0].distance - 0.04) < 1e-6)
    let all = try Truth.find(for: data, metric: .l2sq, k: 50, file: nil, rows: nil)
    #expect(all.neighbours.map(\.count) == [10, 10])
  }

  @Test func takesThemFromAFileForTheWholeBase() throws {
    let folder = TemporaryFolder()
    let path = try write([[2, 3, 1, 4], [9, 8, 7, 6]], in: folder)
    let truth = try Truth.find(for: data, metric: .l2sq, k: 3, file: path, rows: nil)
    #expect(truth.source == path)
    #expect(truth.neighbours.map { $0.map(\.row) } == [["2", "3", "1"], ["9", "8", "7"]])
    let part = try Truth.find(for: data, metric: .l2sq, k: 3, file: path, rows: 10)
    #expect(part.source.hasPrefix("exact search"))
  }

  @Test func refusesAFileOfOtherData() throws {
    let folder = TemporaryFolder()
    let path = try write([[2, 3, 1], [1, 2, 3]], in: folder)
    let error = #expect(throws: CommandFailure.self) {
      try Truth.find(for: data, metric: .l2sq, k: 3, file: path, rows: nil)
    }
    #expect(error?.message.contains("does not hold the nearest rows of base.fvecs") == true)
    #expect(error?.message.contains("neighbour 1 of query 2") == true)
    let short = #expect(throws: CommandFailure.self) {
      try Truth.find(for: data, metric: .l2sq, k: 4, file: path, rows: nil)
    }
    #expect(short?.message.contains("has the 3 nearest rows of 2 queries") == true)
  }

  @Test func judgesByDistance() throws {
    let truth = try Truth.find(for: data, metric: .l2sq, k: 2, file: nil, rows: nil)
    #expect(
      truth.judge(found([[2, 3], [9, 8]]), metric: .l2sq) == .init(recall: 1, surpassed: 0))
    #expect(
      truth.judge(found([[2, 4], [9, 8]]), metric: .l2sq) == .init(recall: 0.75, surpassed: 0))
    let wrong = Truth(neighbours: found([[2, 4], [9, 8]]), source: "")
    #expect(
      wrong.judge(found([[2, 3], [9, 8]]), metric: .l2sq) == .init(recall: 1, surpassed: 1))
  }

  @Test func knowsTheCosineOfVectorsWithoutLength() {
    let distance = BenchMetric.cosine.distance
    #expect(abs(distance([1, 0], [0, 2]) - 1) < 1e-12)
    #expect(abs(distance([1, 0], [-3, 0]) - 2) < 1e-12)
    #expect(distance([0, 0], [1, 0]) == 1)
    #expect(distance([0, 0], [0, 0]) == 0)
  }

  @Test func runsEveryShareAtTheSameTime() throws {
    // Each waits for all the others, which would take for ever on fewer threads.
    let arrived = Mutex(0)
    let deadline = ContinuousClock.now + .seconds(20)
    let numbers = try onThreads(24) { number in
      arrived.withLock { $0 += 1 }
      while arrived.withLock({ $0 < 24 }) && ContinuousClock.now < deadline { usleep(1_000) }
      return arrived.withLock { $0 == 24 } ? number : -1
    }
    #expect(numbers == Array(0..<24))
    struct Failed: Error {}
    #expect(throws: Failed.self) {
      try onThreads(3) { number in if number == 1 { throw Failed() } }
    }
  }

  @Test func takesNoOtherProcessForAServer() {
    #expect(BackendCPU(pid: getpid()) == nil)
    #expect(BackendCPU(pid: Int32.max) == nil)
  }
}
