import Dispatch
import HNSW
import Synchronization
import Testing
import Vectors

/// Several participants fill one graph at once.
@Suite struct SharedGraphTests {
  /// Memory that threads share.
  private struct SharedMemory: @unchecked Sendable {
    let layout: GraphLayout
    let start: UnsafeMutableRawPointer

    init(dimensions: Int, m: Int, codeBits: Int? = nil, capacity: Int) {
      layout = GraphLayout(
        format: VectorFormat(dimensions: dimensions, width: .thirtyTwo), m: m,
        code: codeBits.map { CodeFormat(bits: $0, dimensions: dimensions, seed: 7) },
        capacity: capacity)
      start = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
      // What a new list relies on being zero must not be so by chance.
      start.initializeMemory(as: UInt8.self, repeating: 0xA5, count: layout.byteCount)
      graph.clear()
    }

    var graph: MemoryGraph {
      MemoryGraph(testMemory, layout, sharing: start, onInterrupt: {})
    }
  }

  /// Inserts the vectors from so many threads, and returns how many had room.
  private func fill(
    _ memory: SharedMemory, with vectors: [[Float]], threads: Int, efConstruction: Int = 64
  ) -> Int {
    let next = Atomic(0)
    let inserted = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      var builder = MemoryGraphBuilder(
        testMemory, graph: memory.graph, efConstruction: efConstruction, batchBytes: 3000)
      while true {
        let row = next.add(1, ordering: .relaxed).oldValue
        if row >= vectors.count { break }
        let level = drawLevel(seed: UInt64(row), m: memory.layout.m)
        if builder.add(vectors[row], payload: UInt64(row), level: level) {
          inserted.add(1, ordering: .relaxed)
        }
      }
      builder.insertWaiting()
    }
    return inserted.load(ordering: .relaxed)
  }

  @Test func threadsFillAGraphThatIsAsGoodAsOneOfOneThread() {
    let vectors = clusteredVectors(count: 3000, dimensions: 12, clusters: 30, seed: 81)
    let queries = clusteredVectors(count: 100, dimensions: 12, clusters: 30, seed: 82)
    let memory = SharedMemory(dimensions: 12, m: 8, capacity: 3000)
    #expect(fill(memory, with: vectors, threads: 4) == 3000)
    var shared = memory.graph
    var alone = makeGraph(vectors).finish()
    #expect(shared.count == 3000)
    #expect(shared.entry?.level == alone.entry?.level)
    let sharedRecall = meanRecall(&shared, of: vectors, queries: queries)
    #expect(sharedRecall > meanRecall(&alone, of: vectors, queries: queries) - 0.02)
  }

  @Test func listsOfASharedGraphAreWhole() {
    let vectors = clusteredVectors(count: 2000, dimensions: 6, clusters: 3, seed: 83)
    let memory = SharedMemory(dimensions: 6, m: 4, capacity: 2000)
    #expect(fill(memory, with: vectors, threads: 8, efConstruction: 20) == 2000)
    let graph = memory.graph
    var payloads: Set<UInt64> = []
    var upperLists = 0
    var list = NeighbourList()
    for vertex in 0..<VertexID(2000) {
      let node = graph.node(vertex)
      payloads.insert(node.payload)
      // The lists above level 0 are in the order of their nodes.
      #expect(Int(node.firstUpperList) == upperLists)
      upperLists += Int(node.level)
      let own = vectors[Int(node.payload)]
      for level in 0...Int(node.level) {
        graph.readList(of: vertex, level: level, into: &list)
        #expect(list.count <= graph.capacity(level: level))
        let ids = (0..<list.count).map { list.id($0) }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0 < 2000 && $0 != vertex && graph.node($0).level >= level })
        let lengths = ids.map { squaredDistance(vectors[Int(graph.node($0).payload)], own) }
        for (shorter, longer) in zip(lengths, lengths.dropFirst()) {
          #expect(shorter <= longer * 1.0001)
        }
      }
    }
    #expect(payloads.count == 2000)
    #expect(upperLists == graph.upperListCount)
  }

  @Test(arguments: [(bits: 1, threads: 1), (4, 1), (1, 4), (2, 4)])
  func codesAreThoseOfTheListsEdges(bits: Int, threads: Int) throws {
    let vectors = clusteredVectors(count: 1500, dimensions: 20, clusters: 8, seed: 86)
    let memory = SharedMemory(dimensions: 20, m: 4, codeBits: bits, capacity: 1500)
    #expect(fill(memory, with: vectors, threads: threads, efConstruction: 30) == 1500)
    let graph = memory.graph
    let format = memory.layout.code!
    var rotation = CentredRotation(testMemory, format, origin: graph.origin(testMemory))
    let rotated = (0..<VertexID(1500)).map { vertex in
      var room = [Float](repeating: .nan, count: format.rotated)
      rotation.rotate(vectors[Int(graph.node(vertex).payload)], into: &room)
      return room
    }
    var list = NeighbourList()
    var code = [UInt8](repeating: 0, count: format.codeBytes)
    for vertex in 0..<VertexID(1500) {
      for level in 0...Int(graph.node(vertex).level) {
        graph.readList(of: vertex, level: level, into: &list)
        for place in 0..<list.count {
          let factors = format.encode(
            rotated[Int(list.id(place))], at: rotated[Int(vertex)], into: &code)
          let found = graph.edgeCode(from: vertex, to: list.id(place), level: level)
          let edge = try #require(found)
          #expect(edge.factors.a == factors.a && edge.factors.b == factors.b)
          #expect(haveEqualBytes(edge.code, code, format.codeBytes))
        }
      }
    }
  }

  @Test func searchesByEstimatesMakeAGraphAsGood() {
    let vectors = clusteredVectors(count: 3000, dimensions: 48, clusters: 30, seed: 87)
    let queries = clusteredVectors(count: 100, dimensions: 48, clusters: 30, seed: 88)
    let coded = SharedMemory(dimensions: 48, m: 8, codeBits: 2, capacity: 3000)
    let plain = SharedMemory(dimensions: 48, m: 8, capacity: 3000)
    #expect(fill(coded, with: vectors, threads: 1) == 3000)
    #expect(fill(plain, with: vectors, threads: 1) == 3000)
    // Neither has a query to estimate from, so both are searched by distances.
    var byEstimates = coded.graph
    var byDistances = plain.graph
    let recall = meanRecall(&byEstimates, of: vectors, queries: queries)
    #expect(recall > meanRecall(&byDistances, of: vectors, queries: queries) - 0.02)
    #expect(recall > 0.7)
  }

  @Test func equalVectorsShareChainsAndNoPayloadIsLost() {
    let distinct = clusteredVectors(count: 10, dimensions: 5, clusters: 4, seed: 84)
    let memory = SharedMemory(dimensions: 5, m: 4, capacity: 4000)
    #expect(fill(memory, with: (0..<4000).map { distinct[$0 % 10] }, threads: 4) == 4000)
    let graph = memory.graph
    // Two threads may each add a node for a vector that neither has seen yet.
    #expect(graph.count < 100)
    var payloads: Set<UInt64> = []
    for vertex in 0..<VertexID(graph.count) {
      payloads.insert(graph.node(vertex).payload)
      var next = graph.node(vertex).firstDuplicate
      while next != .none {
        payloads.insert(graph.duplicate(next).payload)
        next = graph.duplicate(next).next
      }
    }
    #expect(payloads.count == 4000)
    #expect(graph.count + graph.duplicateCount == 4000)
  }

  @Test func aFullGraphTurnsTheRestDown() {
    let vectors = clusteredVectors(count: 600, dimensions: 4, clusters: 5, seed: 85)
    let memory = SharedMemory(dimensions: 4, m: 4, capacity: 500)
    #expect(fill(memory, with: vectors, threads: 3) == 500)
    #expect(memory.graph.count == 500)
  }

  @Test(arguments: [nil, 1, 4])
  func theLayoutKeepsToItsMemory(codeBits: Int?) {
    let format = VectorFormat(dimensions: 100, width: .sixteen)
    let code = codeBits.map { CodeFormat(bits: $0, dimensions: 100, seed: 7) }
    for m in [2, 3, 16, 128] {
      let perNode = GraphLayout.bytesPerNode(format: format, m: m, code: code)
      for bytes in [100_000, 1_000_000, 50_000_000] {
        let layout = GraphLayout(format: format, m: m, code: code, nodes: .max / 2, bytes: bytes)
        #expect(layout.byteCount <= bytes || layout.capacity == 1)
        #expect(layout.capacity > bytes * 7 / 10 / perNode - 64)
      }
    }
    #expect(GraphLayout(format: format, m: 16, nodes: 7, bytes: 1_000_000).capacity == 7)
    #expect(GraphLayout(format: format, m: 16, nodes: 7, bytes: 10).capacity == 1)
  }
}
