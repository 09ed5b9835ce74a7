import Vectors

/// Fills a graph in memory, vector by vector; one of several participants, perhaps.
@safe public struct MemoryGraphBuilder: ~Copyable {
  public var graph: MemoryGraph
  private var insertion: Insertion
  private var codes: GrowableBuffer<UInt8>
  private var prepared: GrowableBuffer<Component>

  public init(_ allocator: Allocator, graph: consuming MemoryGraph, efConstruction: Int) {
    insertion = Insertion(
      allocator, dimensions: graph.format.dimensions, m: graph.m, efConstruction: efConstruction)
    codes = GrowableBuffer(allocator, capacity: graph.format.byteCount)
    prepared = GrowableBuffer(allocator, capacity: graph.dimensions)
    self.graph = graph
  }

  /// Ends the build, and hands its graph over.
  public consuming func finish() -> MemoryGraph { graph }

  /// Inserts a vector, `dimensions` components as SQL has them: a new node, or one more payload of
  /// the node that has an equal code; false when there is no room for it.
  ///
  /// Cost: about ef_construction times m distance evaluations.
  public mutating func insert(
    _ components: UnsafeRawPointer, payload: UInt64, level: Int
  ) -> Bool {
    // SAFETY: one buffer holds a vector's components, the other one's codes.
    let vector = unsafe graph.format.metric.prepare(
      components, graph.dimensions, into: prepared.memory)
    let bytes = unsafe UnsafeMutableRawPointer(codes.memory)
    let code = unsafe graph.format.encode(vector, into: bytes)
    if graph.entry == nil,
      unsafe graph.begin(codes: bytes, code, payload: payload, level: level)
    {
      return true
    }
    guard let entry = graph.entry else { return false }
    // Nothing goes from a graph in memory, so the way down is never lost.
    _ = unsafe insertion.findCandidates(&graph, query: vector, level: level, from: entry)
    if let equal = unsafe equalVertex(to: bytes, code) {
      return graph.addDuplicate(payload, of: equal, residual: code.residual)
    }
    unsafe insertion.selectNeighbours(&graph, query: vector)
    guard let vertex = unsafe graph.append(codes: bytes, code, payload: payload, level: level)
    else { return false }
    let level = Int(graph.node(vertex).level)
    for current in 0...min(level, entry.level) {
      let list = insertion.neighbours(level: current)
      let distances = insertion.distances(level: current)
      graph.writeList(of: vertex, level: current, list, lengths: distances)
      for index in 0..<list.count {
        unsafe graph.link(
          from: list.id(index), to: vertex, distance: distances[index], level: current,
          query: vector, after: insertion)
      }
    }
    if level > entry.level { graph.raiseEntry(to: vertex, level: level) }
    return true
  }

  private func equalVertex(to bytes: UnsafeRawPointer, _ code: VectorCode) -> VertexID? {
    let radius = duplicateRadius(residual: code.residual)
    for index in 0..<insertion.candidateCount {
      let candidate = insertion.candidate(index)
      if candidate.distance > radius { return nil }
      let other = graph.code(of: candidate.vertex)
      if other.scale == code.scale && other.offset == code.offset,
        unsafe haveEqualBytes(bytes, graph.codes(of: candidate.vertex), graph.format.byteCount)
      {
        return candidate.vertex
      }
    }
    return nil
  }
}

/// The distance within which a stored vector can have the same code as a vector with this
/// residual.
public func duplicateRadius(residual: Float) -> Float {
  residual * residual * 1.001 + Float.leastNormalMagnitude
}

/// Whether two runs of codes are equal.
public func haveEqualBytes(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool {
  // SAFETY: both runs hold `count` bytes.
  for index in 0..<count
  where unsafe a.load(fromByteOffset: index, as: UInt8.self)
    != b.load(fromByteOffset: index, as: UInt8.self)
  {
    return false
  }
  return true
}
