import HNSW
import Testing
import Vectors

@Suite struct GraphSearchTests {
  @Test func anEmptyGraphHasNoEntryPoint() {
    var builder = makeGraph([])
    #expect(builder.graph.entry == nil)
    #expect(search(&builder.graph, [0], ef: 10).isEmpty)
  }

  @Test func oneElementIsFound() {
    var builder = makeGraph([[1, 2, 3]])
    let found = search(&builder.graph, [1, 2, 4], ef: 10)
    #expect(found.map(\.vertex) == [0])
    #expect(found.map(\.distance) == [1])
  }

  @Test(arguments: [CodeWidth.eight, .sixteen, .thirtyTwo])
  func recallIsHigh(width: CodeWidth) {
    let all = clusteredVectors(count: 2050, dimensions: 24, clusters: 40, seed: 1)
    let vectors = Array(all.prefix(2000))
    let queries = all.suffix(50)
    var builder = makeGraph(vectors, width: width)
    var total = 0.0
    for query in queries {
      let found = search(&builder.graph, query, ef: 64)
      let truth = exactDistances(vectors, from: query, k: 10)
      let positions = found.map { vectors[Int($0.vertex)] }
      let reranked = positions.map { squaredDistance($0, query) }.sorted().prefix(10)
      total += Double(reranked.filter { $0 <= truth[9] * 1.00001 }.count) / 10
    }
    #expect(total / 50 >= 0.98)
  }

  @Test func candidatesComeNearestFirstAndOnce() {
    let vectors = clusteredVectors(count: 500, dimensions: 8, clusters: 5, seed: 3)
    var builder = makeGraph(vectors)
    let found = search(&builder.graph, vectors[7], ef: 100)
    #expect(found.first?.distance == 0)
    #expect(found == found.sorted())
    #expect(Set(found.map(\.vertex)).count == found.count)
    for candidate in found {
      let truth = squaredDistance(vectors[Int(candidate.vertex)], vectors[7])
      #expect(abs(candidate.distance - truth) <= 1e-5 * max(truth, 1))
    }
  }

  @Test func aLargerEfFindsAtLeastAsMuch() {
    let vectors = clusteredVectors(count: 1500, dimensions: 16, clusters: 150, seed: 4)
    var builder = makeGraph(vectors, m: 4, efConstruction: 16)
    var byEf: [Double] = []
    for ef in [10, 40, 160] {
      var total = 0.0
      for query in vectors.prefix(40) {
        total += recall(
          search(&builder.graph, query, ef: ef), exactDistances(vectors, from: query, k: 10))
      }
      byEf.append(total)
    }
    #expect(byEf == byEf.sorted())
    #expect(byEf[2] > byEf[0])
  }

  @Test func resumingFindsWhatALargerEfWould() {
    let vectors = clusteredVectors(count: 1200, dimensions: 12, clusters: 30, seed: 5)
    var builder = makeGraph(vectors)
    let query = vectors[11]
    let entry = builder.graph.entry!
    var resumed = GraphSearch(testMemory, ef: 8)
    #expect(resumed.descend(&builder.graph, to: 0, from: entry, query: query))
    resumed.search(
      &builder.graph, level: 0, query: query, ef: 8, resumable: true)
    var ef = 8
    while ef < 256 {
      ef *= 2
      #expect(resumed.resume(&builder.graph, level: 0, query: query, ef: ef))
    }
    let atOnce = search(&builder.graph, query, ef: 256)
    let truth = exactDistances(vectors, from: query, k: 200)
    let found = (0..<resumed.count).map { resumed[$0] }
    #expect(found == found.sorted())
    #expect(recall(found, truth) >= recall(atOnce, truth) - 0.01)
  }

  @Test func resumingEndsWhenTheGraphIsExhausted() {
    let vectors = clusteredVectors(count: 60, dimensions: 4, clusters: 3, seed: 6)
    var builder = makeGraph(vectors)
    var search = GraphSearch(testMemory, ef: 100)
    let entry = builder.graph.entry!
    #expect(search.descend(&builder.graph, to: 0, from: entry, query: vectors[0]))
    search.search(
      &builder.graph, level: 0, query: vectors[0], ef: 100, resumable: true)
    #expect(search.count == 60)
    #expect(!search.resume(&builder.graph, level: 0, query: vectors[0], ef: 200))
  }

  @Test func infiniteDistancesAreCandidatesToo() {
    var builder = makeGraph([[0, 0], [3e38, 3e38], [-3e38, 3e38]])
    let found = search(&builder.graph, [1, 1], ef: 10)
    #expect(found.map(\.distance) == [2, .infinity, .infinity])
  }

  /// Searched by estimates a tenth off, with a pool three times as large, a graph gives what it
  /// gives by measuring.
  @Test func searchingByEstimates() {
    let vectors = clusteredVectors(count: 2000, dimensions: 12, clusters: 20, seed: 71)
    var exact = makeGraph(vectors).finish()
    var coarse = EstimatingGraph(graph: makeGraph(vectors).finish(), error: 0.1)
    var found = (measured: 0.0, estimated: 0.0)
    for query in vectors.prefix(60) {
      let truth = exactDistances(vectors, from: query, k: 10)
      found.measured += recall(search(&exact, query, ef: 30), truth)
      found.estimated += recall(coarse.search(query, ef: 90), truth)
    }
    #expect(found.estimated >= found.measured - 0.6)
    #expect(found.estimated / 60 > 0.95)
  }

  @Test func anEstimatedSearchExpandsEachVertexOnceAndGoesOn() {
    let vectors = clusteredVectors(count: 500, dimensions: 6, clusters: 1, seed: 72)
    var graph = EstimatingGraph(graph: makeGraph(vectors).finish(), error: 0.3)
    let few = graph.search(vectors[0], ef: 10).count
    let all = graph.search(vectors[0], ef: 20_000).count
    #expect(few >= 10 / 2 && few < 100)
    #expect(all == 500)
  }
}

/// A graph in memory that gives its neighbours' distances with an error, as codes do.
struct EstimatingGraph: ~Copyable, GraphStore {
  var graph: MemoryGraph
  let error: Float
  var query: [Float] = []
  var expanded: [Candidate] = []
  var random = SplitMix64(seed: 73)

  init(graph: consuming MemoryGraph, error: Float) {
    self.graph = graph
    self.error = error
  }

  var dimensions: Int { graph.dimensions }
  var estimatesNeighbours: Bool { true }
  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    graph.readNeighbours(of: vertex, level: level, into: &list)
  }
  mutating func measure(from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int) {
    graph.measure(from: query, &batch, level: level)
  }
  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID { vertex }
  mutating func checkForInterrupts() {}
  mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float {
    var list = NeighbourList()
    graph.readNeighbours(of: vertex, level: level, into: &list)
    for index in 0..<list.count {
      let estimate =
        graph.distance(from: query, to: list.id(index))
        * (1 + Float.random(in: -error...error, using: &random))
      if estimate <= limit { batch.append(list.id(index), distance: estimate) }
    }
    let distance = graph.distance(from: query, to: vertex)
    if level == 0 { expanded.append(Candidate(vertex, distance: distance)) }
    return distance
  }

  /// What a search expands, nearest first.
  mutating func search(_ query: [Float], ef: Int) -> [Candidate] {
    self.query = query
    expanded = []
    var search = GraphSearch(testMemory, ef: ef)
    guard search.descend(&self, to: 0, from: graph.entry!, query: query) else { return [] }
    search.search(&self, level: 0, query: query, ef: ef)
    #expect(Set(expanded.map(\.vertex)).count == expanded.count)
    #expect(search.expansions == expanded.count)
    return expanded.sorted()
  }
}
