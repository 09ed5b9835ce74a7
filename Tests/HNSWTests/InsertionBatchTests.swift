import Testing
import Vectors

@testable import HNSW

@Suite struct InsertionBatchTests {
  private func batch(_ vectors: [[Float]], metric: Metric = .l2sq) -> InsertionBatch {
    let format = VectorFormat(
      metric: metric, dimensions: vectors.first?.count ?? 1, width: .thirtyTwo)
    var batch = InsertionBatch(testMemory, format, capacity: max(vectors.count, 1))
    for (position, vector) in vectors.enumerated() {
      batch.append(vector, payload: UInt64(position), level: position % 3)
    }
    return batch
  }

  @Test(arguments: [0, 1, 2, 7, 8, 9, 100, 1000])
  func arrangingKeepsEveryRowWithItsVector(count: Int) {
    let vectors = clusteredVectors(count: count, dimensions: 5, clusters: 4, seed: 91)
    var batch = batch(vectors)
    batch.arrange()
    var payloads: [UInt64] = []
    for index in 0..<batch.count {
      let row = batch.row(index)
      payloads.append(row.payload)
      #expect(row.level == Int(row.payload) % 3)
      let stored = batch.vector(of: row).assumingMemoryBound(to: Float.self)
      #expect(Array(UnsafeBufferPointer(start: stored, count: 5)) == vectors[Int(row.payload)])
    }
    #expect(payloads.sorted() == (0..<UInt64(count)).map { $0 })
  }

  @Test func vectorsNearEachOtherComeTogether() {
    let vectors = clusteredVectors(count: 1000, dimensions: 8, clusters: 50, seed: 92)
    var batch = batch(vectors)
    func walk() -> Float {
      (1..<batch.count).reduce(0) {
        $0
          + squaredDistance(
            vectors[Int(batch.row($1 - 1).payload)], vectors[Int(batch.row($1).payload)])
      }
    }
    let before = walk()
    batch.arrange()
    #expect(walk() < before / 2)
  }

  @Test func equalVectorsAndHugeOnesAreArranged() {
    for vectors in [
      Array(repeating: [1, 2] as [Float], count: 100),
      (0..<100).map { $0 % 2 == 0 ? [3e38, -3e38] : [-3e38, Float($0)] },
    ] {
      var batch = batch(vectors)
      batch.arrange()
      #expect(Set((0..<100).map { batch.row($0).payload }).count == 100)
    }
  }

  @Test func preparedVectorsWait() {
    let batch = batch([[3, 4]], metric: .cosine)
    let stored = batch.vector(of: batch.row(0)).assumingMemoryBound(to: Float.self)
    #expect(abs(stored[0] - 0.6) < 1e-6 && abs(stored[1] - 0.8) < 1e-6)
  }

  @Test func batchesKeepToTheirMemory() {
    let format = VectorFormat(dimensions: 100, width: .sixteen)
    #expect(InsertionBatch.capacity(of: format, bytes: 0) == 1)
    #expect(InsertionBatch.capacity(of: format, bytes: 100_000) < 250)
    #expect(InsertionBatch.capacity(of: format, bytes: 100_000) > 150)
    #expect(InsertionBatch.capacity(of: format, bytes: .max) == 1024)
  }

  @Test func aGraphBuiltInBatchesIsAsGoodAsOneBuiltRowByRow() {
    let vectors = clusteredVectors(count: 3000, dimensions: 12, clusters: 30, seed: 93)
    let queries = clusteredVectors(count: 200, dimensions: 12, clusters: 30, seed: 94)
    var batched = makeGraph(vectors, batchBytes: .max).finish()
    var single = makeGraph(vectors).finish()
    #expect(batched.count == 3000)
    #expect(batched.entry?.level == single.entry?.level)
    let batchedRecall = meanRecall(&batched, of: vectors, queries: queries)
    #expect(batchedRecall > meanRecall(&single, of: vectors, queries: queries) - 0.02)
  }

  @Test func equalRowsGiveTheirRoomBack() {
    let format = VectorFormat(dimensions: 2, width: .thirtyTwo)
    let layout = GraphLayout(format: format, m: 4, capacity: 10)
    var builder = MemoryGraphBuilder(
      testMemory, graph: MemoryGraph(testMemory, layout, onInterrupt: {}), efConstruction: 16,
      batchBytes: .max)
    // Five rows are nodes, ten more their further payloads, and then others nodes again.
    for row in 0..<20 {
      let hasRoom = builder.add([Float(row % 5), 0], payload: UInt64(row), level: 0)
      #expect(hasRoom)
    }
    let hasRoom = builder.add([11, 0], payload: 20, level: 0)
    #expect(!hasRoom)
    let graph = builder.finish()
    #expect(graph.count == 10)
    #expect(graph.duplicateCount == 10)
  }
}
