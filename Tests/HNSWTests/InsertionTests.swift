import HNSW
import Testing
import Vectors

@Suite struct InsertionTests {
  @Test func listsKeepToTheirDegreeAndOrder() {
    let vectors = clusteredVectors(count: 800, dimensions: 10, clusters: 8, seed: 11)
    let builder = makeGraph(vectors, m: 4)
    var list = NeighbourList()
    for vertex in 0..<VertexID(800) {
      for level in 0...Int(builder.graph.node(vertex).level) {
        builder.graph.readList(of: vertex, level: level, into: &list)
        #expect(list.count <= (level == 0 ? 8 : 4))
        #expect(!list.contains(vertex))
        let ids = (0..<list.count).map { list.id($0) }
        #expect(Set(ids).count == ids.count)
        let lengths = ids.map { squaredDistance(vectors[Int($0)], vectors[Int(vertex)]) }
        for (shorter, longer) in zip(lengths, lengths.dropFirst()) {
          #expect(shorter <= longer * 1.0001)
        }
      }
    }
  }

  @Test func aDiverseNeighbourIsOccludedByNoNearerOne() {
    let vectors = clusteredVectors(count: 400, dimensions: 6, clusters: 4, seed: 12)
    let builder = makeGraph(vectors, m: 6)
    var list = NeighbourList()
    for vertex in 0..<VertexID(400) {
      builder.graph.readList(of: vertex, level: 0, into: &list)
      let ids = (0..<list.count).map { Int(list.id($0)) }
      let diverse = (0..<list.count).filter { list.isDiverse($0) }.map { ids[$0] }
      for (rank, id) in diverse.enumerated() {
        let length = squaredDistance(vectors[id], vectors[Int(vertex)])
        for nearer in diverse.prefix(rank) {
          #expect(squaredDistance(vectors[id], vectors[nearer]) > length * 0.9999)
        }
      }
    }
  }

  @Test func everyNodeIsReachable() {
    let vectors = clusteredVectors(count: 1000, dimensions: 8, clusters: 100, seed: 13)
    let builder = makeGraph(vectors, m: 4)
    var seen: Set<VertexID> = [builder.graph.entry!.vertex]
    var queue = Array(seen)
    var list = NeighbourList()
    while let vertex = queue.popLast() {
      builder.graph.readList(of: vertex, level: 0, into: &list)
      for index in 0..<list.count where seen.insert(list.id(index)).inserted {
        queue.append(list.id(index))
      }
    }
    #expect(seen.count >= 995)
  }

  @Test func equalVectorsShareANode() {
    let distinct = clusteredVectors(count: 20, dimensions: 5, clusters: 4, seed: 14)
    let vectors = (0..<1000).map { distinct[$0 % 20] }
    var builder = makeGraph(vectors)
    #expect(builder.graph.count == 20)
    #expect(builder.graph.duplicateCount == 980)
    var payloads: Set<UInt64> = []
    for candidate in search(&builder.graph, distinct[0], ef: 20) {
      let node = builder.graph.node(candidate.vertex)
      payloads.insert(node.payload)
      #expect(builder.graph.duplicateCount(of: candidate.vertex) == 49)
      var next = node.firstDuplicate
      while next != .none {
        payloads.insert(builder.graph.duplicate(next).payload)
        next = builder.graph.duplicate(next).next
      }
    }
    #expect(payloads.count == 1000)
  }

  @Test func tiesAreKeptApart() {
    // The corners of a cube: many equal distances, no equal vectors.
    let vectors = (0..<64).map { corner in
      (0..<6).map { Float(corner >> $0 & 1) }
    }
    var builder = makeGraph(vectors)
    #expect(builder.graph.count == 64)
    let found = search(&builder.graph, vectors[21], ef: 64)
    #expect(found.count == 64)
    #expect(found.filter { $0.distance == 1 }.count == 6)
    #expect(found.map(\.distance) == found.map(\.distance).sorted())
  }

  @Test func theHighestNodeIsTheEntryPoint() {
    let levels = [0, 2, 1, 3, 3, 0]
    let vectors = clusteredVectors(count: 6, dimensions: 3, clusters: 2, seed: 15)
    let builder = makeGraph(vectors) { levels[$0] }
    #expect(builder.graph.entry?.vertex == 3)
    #expect(builder.graph.entry?.level == 3)
  }

  @Test func theSameVectorsGiveTheSameGraph() {
    let vectors = clusteredVectors(count: 300, dimensions: 7, clusters: 6, seed: 16)
    let first = makeGraph(vectors)
    let second = makeGraph(vectors)
    var left = NeighbourList()
    var right = NeighbourList()
    for vertex in 0..<VertexID(300) {
      first.graph.readList(of: vertex, level: 0, into: &left)
      second.graph.readList(of: vertex, level: 0, into: &right)
      #expect(left == right)
    }
  }

  @Test func levelsThinOutByM() {
    let levels = (0..<100_000).map { drawLevel(seed: UInt64($0), m: 16) }
    let above0 = levels.filter { $0 >= 1 }.count
    let above1 = levels.filter { $0 >= 2 }.count
    #expect((5900...6600).contains(above0))
    #expect((320...460).contains(above1))
    #expect(levels.allSatisfy { $0 <= maximumLevel })
  }
}
