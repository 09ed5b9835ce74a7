/// The candidates for the neighbours of a vertex that is repaired: the surviving neighbours and,
/// through the removed ones, the vertices that they led to.
@safe struct RepairCandidates: ~Copyable {
  /// Those gathered last, nearest first.
  private(set) var nearest: DecodedCandidates
  /// Those that wait to be read together.
  private var batch = MeasureBatch()
  private var seen: VisitedTable
  private var removed: GrowableBuffer<VertexID>
  /// What a removed vertex led to, and the m nearest of that by estimates.
  private var found = MeasureBatch()
  private var estimated: CandidatePool
  private var list = NeighbourList()

  init(_ allocator: Allocator, dimensions: Int, m: Int) {
    nearest = DecodedCandidates(allocator, dimensions: dimensions, limit: 8 &* m)
    seen = VisitedTable(allocator, expected: 16 &* m)
    removed = GrowableBuffer(allocator)
    estimated = CandidatePool(allocator, limit: m)
  }

  /// Collects the surviving neighbours of a list and what the removed ones led to, and through
  /// chains of removed vertices more while these are too few. `query` is the vertex's vector.
  ///
  /// Cost: a page for every removed neighbour, and a distance evaluation and a page for each
  /// candidate, about m times as many.
  mutating func gather<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, around vertex: VertexID, _ old: borrowing NeighbourList, level: Int,
    query: UnsafeRawPointer
  ) {
    let capacity = store.capacity(level: level)
    seen.removeAll(expected: 8 &* old.count)
    removed.removeAll()
    // Far more than are selected: the long edges of a list are the last among them.
    nearest.reset(limit: 4 &* capacity)
    batch.count = 0
    unsafe store.estimate(from: query)
    _ = seen.insert(vertex)
    for index in 0..<old.count {
      unsafe classify(&store, old.id(index), level: level, query: query)
    }
    let direct = removed.count
    var next = 0
    while next < removed.count && (next < direct || nearest.count &+ batch.count < capacity) {
      store.checkForInterrupts()
      unsafe expand(&store, removed[next], level: level, query: query)
      next &+= 1
    }
    unsafe readBatch(&store, level: level, query: query)
  }

  /// Adds what a removed vertex led to: all, or the nearest by estimates where the store has any,
  /// but of each vertex some, as one that was far may have been the only way to where it was.
  private mutating func expand<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int, query: UnsafeRawPointer
  ) {
    if !store.estimatesNeighbours {
      store.readNeighbours(of: vertex, level: level, into: &list)
      for index in 0..<list.count {
        unsafe classify(&store, list.id(index), level: level, query: query)
      }
      return
    }
    found.count = 0
    _ = store.expand(vertex, level: level, within: .infinity, into: &found)
    estimated.reset(limit: estimated.limit)
    for index in 0..<found.count where seen.insert(found.ids[index]) {
      if store.isRemoved(found.ids[index], level: level) {
        removed.append(found.ids[index])
      } else {
        _ = estimated.insert(Candidate(found.ids[index], distance: found.distances[index]))
      }
    }
    for index in 0..<estimated.count {
      unsafe append(&store, estimated[index].vertex, level: level, query: query)
    }
  }

  private mutating func classify<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int, query: UnsafeRawPointer
  ) {
    if !seen.insert(vertex) { return }
    if store.isRemoved(vertex, level: level) {
      removed.append(vertex)
    } else {
      unsafe append(&store, vertex, level: level, query: query)
    }
  }

  private mutating func append<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int, query: UnsafeRawPointer
  ) {
    batch.append(vertex)
    if batch.count == NeighbourList.maximumCapacity {
      unsafe readBatch(&store, level: level, query: query)
    }
  }

  /// How many vectors ahead of the one that is read the store is told of another.
  private static var lookahead: Int { 3 }

  private mutating func readBatch<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, level: Int, query: UnsafeRawPointer
  ) {
    for index in 0..<(batch.count &+ Self.lookahead) {
      if index < batch.count { store.prefetchVector(of: batch.ids[index], level: level) }
      if index < Self.lookahead { continue }
      let vertex = batch.ids[index &- Self.lookahead]
      unsafe nearest.offer(vertex, from: query, &store, level: level)
    }
    batch.count = 0
  }
}
