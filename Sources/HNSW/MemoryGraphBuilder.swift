import Vectors

/// Fills a graph in memory, batch by batch; one of several participants, perhaps.
@safe public struct MemoryGraphBuilder: ~Copyable {
  public var graph: MemoryGraph
  private var insertion: Insertion
  private var batch: InsertionBatch
  private var codes: GrowableBuffer<UInt8>

  /// A builder that keeps up to `batchBytes` of vectors waiting, to insert them in an order that
  /// saves time; at least one.
  public init(
    _ allocator: Allocator, graph: consuming MemoryGraph, efConstruction: Int, batchBytes: Int
  ) {
    insertion = Insertion(
      allocator, dimensions: graph.format.dimensions, m: graph.m, efConstruction: efConstruction)
    batch = InsertionBatch(
      allocator, graph.format,
      capacity: InsertionBatch.capacity(of: graph.format, bytes: batchBytes))
    codes = GrowableBuffer(allocator, capacity: graph.format.byteCount)
    self.graph = graph
  }

  /// Ends the build, and hands its graph over.
  public consuming func finish() -> MemoryGraph {
    insertWaiting()
    return graph
  }

  /// Adds a vector, `dimensions` components as SQL has them, to those that wait, and inserts these
  /// when they are many; false when there is no room for one more in the graph.
  ///
  /// Most of a graph is to be there, in a random order, before others come in theirs, so few wait
  /// for a small one.
  /// Cost: about ef_construction times m distance evaluations.
  public mutating func add(
    _ components: UnsafeRawPointer, payload: UInt64, level: Int
  ) -> Bool {
    if !graph.claim() {
      // Those that turn out to be equal to others give their room back.
      insertWaiting()
      if !graph.claim() { return false }
    }
    unsafe batch.append(components, payload: payload, level: level)
    if batch.count >= min(batch.capacity, graph.count / 4 &+ 1) { insertWaiting() }
    return true
  }

  /// Inserts the vectors that wait.
  public mutating func insertWaiting() {
    batch.arrange()
    for index in 0..<batch.count { insert(batch.row(index)) }
    batch.removeAll()
  }

  /// Inserts a vector: a new node, or one more payload of the node that has an equal code.
  private mutating func insert(_ row: InsertionBatch.Row) {
    let vector = unsafe batch.vector(of: row)
    // SAFETY: the buffer holds the codes of a vector.
    let bytes = unsafe UnsafeMutableRawPointer(codes.memory)
    let code = unsafe graph.format.encode(vector, into: bytes)
    guard
      let entry = unsafe graph.entry
        ?? graph.begin(codes: bytes, code, payload: row.payload, level: row.level)
    else { return }
    unsafe graph.estimate(from: vector)
    // Nothing goes from a graph in memory, so the way down is never lost.
    _ = unsafe insertion.findCandidates(&graph, query: vector, level: row.level, from: entry)
    if let equal = unsafe equalVertex(to: bytes, code),
      graph.addDuplicate(row.payload, of: equal, residual: code.residual)
    {
      graph.unclaim()
      return
    }
    unsafe insertion.selectNeighbours(&graph, query: vector)
    let vertex = unsafe graph.append(codes: bytes, code, payload: row.payload, level: row.level)
    let level = Int(graph.node(vertex).level)
    graph.beginCoding(of: vertex)
    for current in 0...min(level, entry.level) {
      let list = insertion.neighbours(level: current)
      let distances = insertion.distances(level: current)
      graph.writeCodes(of: vertex, level: current, list)
      graph.writeList(of: vertex, level: current, list, lengths: distances)
      for index in 0..<list.count {
        unsafe graph.link(
          from: list.id(index), to: vertex, distance: distances[index], level: current,
          query: vector, after: insertion)
      }
    }
    if level > entry.level { graph.raiseEntry(to: vertex, level: level) }
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
