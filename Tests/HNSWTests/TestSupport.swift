import HNSW
import Vectors

/// Memory from the C library, which the tests never run out of.
let testMemory = Allocator(
  allocate: { UnsafeMutableRawPointer.allocate(byteCount: $0, alignment: 16) },
  reallocate: { old, size in realloc(old, size)! },
  free: { free($0) })

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A repeatable source of random numbers (SplitMix64).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Vectors in clusters, as embeddings are: `count` of them around `clusters` centres.
func clusteredVectors(count: Int, dimensions: Int, clusters: Int, seed: UInt64) -> [[Float]] {
  var random = SplitMix64(seed: seed)
  let centres = (0..<clusters).map { _ in
    (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
  }
  return (0..<count).map { _ in
    centres[Int.random(in: 0..<clusters, using: &random)].map {
      $0 + Float.random(in: -0.3...0.3, using: &random)
    }
  }
}

func squaredDistance(_ a: [Float], _ b: [Float]) -> Float {
  zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
}

/// The distances of the k nearest of `vectors`, by looking at all of them.
func exactDistances(_ vectors: [[Float]], from query: [Float], k: Int) -> [Float] {
  Array(vectors.map { squaredDistance($0, query) }.sorted().prefix(k))
}

/// A graph of the vectors, whose payloads are their positions; inserted one by one unless several
/// may wait.
func makeGraph(
  _ vectors: [[Float]], m: Int = 8, efConstruction: Int = 64, width: CodeWidth = .thirtyTwo,
  batchBytes: Int = 0,
  level: (Int) -> Int = { drawLevel(seed: UInt64($0), m: 8) }
) -> MemoryGraphBuilder {
  let format = VectorFormat(dimensions: vectors.first?.count ?? 1, width: width)
  let layout = GraphLayout(format: format, m: m, capacity: max(vectors.count, 1))
  let graph = MemoryGraph(testMemory, layout, onInterrupt: {})
  var builder = MemoryGraphBuilder(
    testMemory, graph: graph, efConstruction: efConstruction, batchBytes: batchBytes)
  for (position, vector) in vectors.enumerated() {
    let hasRoom = builder.add(vector, payload: UInt64(position), level: level(position))
    precondition(hasRoom)
  }
  builder.insertWaiting()
  return builder
}

/// The candidates of a search from the graph's entry point, nearest first.
func search(_ graph: inout MemoryGraph, _ query: [Float], ef: Int) -> [Candidate] {
  guard let entry = graph.entry else { return [] }
  var search = GraphSearch(testMemory, ef: ef)
  guard search.descend(&graph, to: 0, from: entry, query: query) else { return [] }
  search.search(&graph, level: 0, query: query, ef: ef)
  return (0..<search.count).map { search[$0] }
}

/// The share of true neighbours found, by distance, so that ties count.
func recall(_ found: [Candidate], _ truth: [Float]) -> Double {
  guard let farthest = truth.last else { return 1 }
  let hits = found.prefix(truth.count).filter { $0.distance <= farthest * 1.00001 }.count
  return Double(hits) / Double(truth.count)
}

/// The mean recall@10 of searches for the queries with an `ef` of 20, beside exact search.
func meanRecall(
  _ graph: inout MemoryGraph, of vectors: [[Float]], queries: [[Float]]
) -> Double {
  var total = 0.0
  for query in queries {
    let truth = exactDistances(vectors, from: query, k: 10)
    total += recall(search(&graph, query, ef: 20), truth)
  }
  return total / Double(queries.count)
}
