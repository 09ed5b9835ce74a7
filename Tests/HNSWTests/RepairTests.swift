import HNSW
import Testing
import Vectors

/// A graph in memory from which vertices are being removed.
struct ShrinkingGraph: ~Copyable, RepairableGraphStore {
  var graph: MemoryGraph
  var removed: Set<VertexID> = []
  /// Whether it tells roughly how far neighbours are, as nodes with codes do.
  let estimatesNeighbours: Bool
  private var query: [Float] = []

  init(_ graph: consuming MemoryGraph, estimates: Bool = false) {
    self.graph = graph
    estimatesNeighbours = estimates
  }

  mutating func estimate(from query: UnsafeRawPointer) {
    let components = query.assumingMemoryBound(to: Float.self)
    self.query = Array(UnsafeBufferPointer(start: components, count: dimensions))
  }

  /// The estimates are up to a fifth wrong.
  mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float {
    var list = NeighbourList()
    graph.readNeighbours(of: vertex, level: level, into: &list)
    var measured = MeasureBatch()
    measured.append(vertex)
    for index in 0..<list.count { measured.append(list.id(index)) }
    graph.measure(from: query, &measured, level: level)
    for index in 1..<measured.count {
      let error = Float(measured.ids[index] % 5) * 0.1 - 0.2
      let estimate = measured.distances[index] * (1 + error)
      if estimate <= limit { batch.append(measured.ids[index], distance: estimate) }
    }
    return measured.distances[0]
  }

  var dimensions: Int { graph.dimensions }
  func capacity(level: Int) -> Int { graph.capacity(level: level) }
  mutating func isRemoved(_ vertex: VertexID, level: Int) -> Bool { removed.contains(vertex) }
  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    graph.readNeighbours(of: vertex, level: level, into: &list)
  }
  mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    graph.measure(from: query, &batch, level: level)
  }
  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID { vertex }
  mutating func checkForInterrupts() {}
  mutating func loadVector(
    of vertex: VertexID, level: Int, into vector: UnsafeMutableRawPointer
  ) -> Bool {
    !removed.contains(vertex) && graph.loadVector(of: vertex, level: level, into: vector)
  }
  func distance(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Float {
    graph.distance(a, b)
  }
  mutating func edgeLength(
    of vertex: VertexID, _ vector: UnsafeRawPointer, to position: Int,
    in list: borrowing NeighbourList, level: Int
  ) -> Float {
    graph.edgeLength(of: vertex, vector, to: position, in: list, level: level)
  }
  mutating func replaceNeighbours(
    _ edits: inout GrowableBuffer<ListEdit>, added: VertexID, vector: UnsafeRawPointer, level: Int
  ) {
    unsafe graph.replaceNeighbours(&edits, added: added, vector: vector, level: level)
  }

  /// Removes vertices and repairs every list, at level 0.
  mutating func remove(_ vertices: Set<VertexID>) {
    removed = vertices
    var repair = Repair(testMemory, dimensions: dimensions, m: graph.m)
    var kept = GrowableBuffer<VertexID>(testMemory)
    for vertex in 0..<VertexID(graph.count) where !removed.contains(vertex) { kept.append(vertex) }
    repair.repair(&self, kept, level: 0)
  }

  /// Searches level 0 from a vertex that is left.
  mutating func search(_ query: [Float], ef: Int) -> [Candidate] {
    let start = (0..<VertexID(graph.count)).first { !removed.contains($0) }!
    var search = GraphSearch(testMemory, ef: ef)
    search.start(at: start)
    search.search(&graph, level: 0, query: query, ef: ef)
    return (0..<search.count).map { search[$0] }
  }
}

@Suite struct RepairTests {
  let vectors = clusteredVectors(count: 1500, dimensions: 12, clusters: 15, seed: 31)

  /// Recall of the shrunken graph, and that of one built without the removed vertices.
  func recalls(
    removing removed: Set<VertexID>, estimates: Bool
  ) -> (repaired: Double, fresh: Double) {
    let kept = vectors.indices.filter { !removed.contains(VertexID($0)) }.map { vectors[$0] }
    var fresh = makeGraph(kept)
    var shrunken = ShrinkingGraph(makeGraph(vectors).finish(), estimates: estimates)
    shrunken.remove(removed)
    var repairedTotal = 0.0
    var freshTotal = 0.0
    let queries = stride(from: 0, to: kept.count, by: max(kept.count / 60, 1)).map { kept[$0] }
    for query in queries {
      let truth = exactDistances(kept, from: query, k: 10)
      repairedTotal += recall(shrunken.search(query, ef: 48), truth)
      freshTotal += recall(search(&fresh.graph, query, ef: 48), truth)
    }
    return (repairedTotal / Double(queries.count), freshTotal / Double(queries.count))
  }

  @Test(arguments: [false, true]) func noListLeadsToARemovedVertex(estimates: Bool) {
    var random = SplitMix64(seed: 32)
    let removed = Set((0..<VertexID(1500)).filter { _ in Bool.random(using: &random) })
    var shrunken = ShrinkingGraph(makeGraph(vectors).finish(), estimates: estimates)
    shrunken.remove(removed)
    var list = NeighbourList()
    for vertex in 0..<VertexID(1500) where !removed.contains(vertex) {
      shrunken.graph.readList(of: vertex, level: 0, into: &list)
      #expect((0..<list.count).allSatisfy { !removed.contains(list.id($0)) })
      #expect(list.count > 0)
      #expect(!list.contains(vertex))
    }
  }

  @Test(arguments: [10, 50, 80], [false, true])
  func recallHoldsAfterRandomRemovals(percent: Int, estimates: Bool) {
    var random = SplitMix64(seed: UInt64(percent))
    let removed = Set(
      (0..<VertexID(1500)).filter { _ in Int.random(in: 0..<100, using: &random) < percent })
    let result = recalls(removing: removed, estimates: estimates)
    #expect(result.repaired >= result.fresh - 0.02)
  }

  @Test(arguments: [false, true]) func recallHoldsAfterAWholeRegionGoes(estimates: Bool) {
    let centre = vectors[0]
    let byDistance = vectors.indices.sorted {
      squaredDistance(vectors[$0], centre) < squaredDistance(vectors[$1], centre)
    }
    let result = recalls(
      removing: Set(byDistance.prefix(400).map { VertexID($0) }), estimates: estimates)
    #expect(result.repaired >= result.fresh - 0.02)
  }

  @Test func allButOneCanGo() {
    var shrunken = ShrinkingGraph(makeGraph(vectors).finish())
    shrunken.remove(Set((0..<VertexID(1500)).filter { $0 != 700 }))
    let found = shrunken.search(vectors[3], ef: 10)
    #expect(found.map(\.vertex) == [700])
    var list = NeighbourList()
    shrunken.graph.readList(of: 700, level: 0, into: &list)
    #expect(list.count == 0)
  }

  @Test func anInsertionLooksBehindRemovedVertices() {
    let byDistance = vectors.indices.sorted {
      squaredDistance(vectors[$0], vectors[0]) < squaredDistance(vectors[$1], vectors[0])
    }
    var shrinking = ShrinkingGraph(makeGraph(vectors).finish())
    shrinking.removed = Set(byDistance.prefix(600).map { VertexID($0) })
    var insertion = Insertion(testMemory, dimensions: 12, m: 8, efConstruction: 32)
    let entry = shrinking.graph.entry!
    #expect(insertion.findCandidates(&shrinking, query: vectors[0], level: 0, from: entry))
    insertion.selectNeighbours(&shrinking, query: vectors[0])
    let list = insertion.neighbours(level: 0)
    #expect(list.count >= 8)
    #expect((0..<list.count).allSatisfy { !shrinking.removed.contains(list.id($0)) })
  }

  @Test func anInsertionAmongRemovedVerticesOnlyFindsNone() {
    var shrinking = ShrinkingGraph(makeGraph(vectors).finish())
    shrinking.removed = Set((0..<VertexID(1500)))
    var insertion = Insertion(testMemory, dimensions: 12, m: 8, efConstruction: 32)
    let entry = shrinking.graph.entry!
    #expect(insertion.findCandidates(&shrinking, query: vectors[0], level: 0, from: entry))
    insertion.selectNeighbours(&shrinking, query: vectors[0])
    #expect(insertion.neighbours(level: 0).count == 0)
  }
}
