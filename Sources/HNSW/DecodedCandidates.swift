import Vectors

/// The nearest of the candidates that were offered, with their vectors, so that each is read and
/// decoded once and not for every comparison.
@safe struct DecodedCandidates: ~Copyable {
  /// The candidates, numbered by their rows.
  private var pool: CandidatePool
  private var vertices: GrowableBuffer<VertexID>
  private var vectors: GrowableBuffer<Component>
  private let dimensions: Int
  private var freeRow = 0

  /// With room for `limit` candidates.
  init(_ allocator: Allocator, dimensions: Int, limit: Int) {
    self.dimensions = dimensions
    pool = CandidatePool(allocator, limit: limit)
    vertices = GrowableBuffer(allocator, capacity: limit &+ 1)
    vectors = GrowableBuffer(allocator, capacity: (limit &+ 1) &* dimensions)
  }

  var count: Int { pool.count }

  /// The candidates in turn, nearest first.
  subscript(index: Int) -> Candidate {
    Candidate(vertices[Int(pool[index].vertex)], distance: pool[index].distance)
  }

  /// The vector of one of them; valid until the next is offered.
  func vector(_ index: Int) -> UnsafeRawPointer {
    unsafe UnsafeRawPointer(row(Int(pool[index].vertex)))
  }

  /// Forgets all, to keep `limit` of those that come, at most as many as there is room for.
  mutating func reset(limit: Int) {
    pool.reset(limit: limit)
    vertices.removeAll()
    freeRow = 0
  }

  /// Takes a vertex in unless it is gone or being removed. Cost: one page at most, and one distance
  /// evaluation.
  mutating func offer<Store: EditableGraphStore & ~Copyable>(
    _ vertex: VertexID, from query: UnsafeRawPointer, _ store: inout Store, level: Int
  ) {
    let vector = unsafe row(freeRow)
    if unsafe !store.loadVector(of: vertex, level: level, into: vector) { return }
    if freeRow == vertices.count { vertices.append(vertex) } else { vertices[freeRow] = vertex }
    let distance = unsafe store.distance(query, vector)
    let candidate = Candidate(VertexID(truncatingIfNeeded: freeRow), distance: distance)
    // The row of the one that has no room is the next to be used.
    freeRow = pool.insert(candidate).map { Int($0.vertex) } ?? vertices.count
  }

  // SAFETY: there is a row for each candidate in the pool and one more.
  private func row(_ number: Int) -> UnsafeMutablePointer<Component> {
    unsafe vectors.memory + number &* dimensions
  }
}
