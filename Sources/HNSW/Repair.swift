/// A store from which nodes are being removed.
public protocol RepairableGraphStore: EditableGraphStore, ~Copyable {
  /// Whether a vertex is one of those being removed; its neighbours can still be read.
  mutating func isRemoved(_ vertex: VertexID, level: Int) -> Bool

  /// Lets `expand` estimate distances from a query, which must outlive that, where the store does.
  mutating func estimate(from query: UnsafeRawPointer)

  /// Tells that a vertex's vector is about to be loaded.
  func prefetchVector(of vertex: VertexID, level: Int)
}

extension RepairableGraphStore where Self: ~Copyable {
  public mutating func estimate(from query: UnsafeRawPointer) {}
  public func prefetchVector(of vertex: VertexID, level: Int) {}
}

/// Reconnects vertices around removed ones, by local search only (after FreshDiskANN, arXiv
/// 2105.09613, algorithm 4).
///
/// The candidates are the surviving neighbours and, through the removed ones, the vertices that
/// they led to: of each removed one the m nearest by estimates, where the store has any. The
/// selection is that of an insertion. New edges are added back, so that what was reachable through a
/// removed vertex stays so.
@safe public struct Repair: ~Copyable {
  private var selector: NeighbourSelector
  private var linker: Linker
  private var vector: GrowableBuffer<Component>
  private var seen: VisitedTable
  private var removed: GrowableBuffer<VertexID>
  private var candidates: DecodedCandidates
  /// The m nearest of what a removed vertex led to, by estimates.
  private var nearest: CandidatePool
  private var edits: GrowableBuffer<ListEdit>
  /// What was selected for each vertex of `edits`, and what it had.
  private var repaired: GrowableBuffer<RepairedVertex>
  private var selection = Selection()
  private var batch = MeasureBatch()
  private var found = MeasureBatch()
  private var list = NeighbourList()

  public init(_ allocator: Allocator, dimensions: Int, m: Int) {
    selector = NeighbourSelector(allocator, dimensions: dimensions, capacity: 2 &* m)
    linker = Linker(allocator, dimensions: dimensions, capacity: 2 &* m)
    vector = GrowableBuffer(allocator, capacity: dimensions)
    seen = VisitedTable(allocator, expected: 16 &* m)
    removed = GrowableBuffer(allocator)
    candidates = DecodedCandidates(allocator, dimensions: dimensions, limit: 8 &* m)
    nearest = CandidatePool(allocator, limit: m)
    edits = GrowableBuffer(allocator, capacity: 16)
    repaired = GrowableBuffer(allocator, capacity: 16)
  }

  /// Gives vertices of a level new neighbours in the place of removed ones; those that have none of
  /// them stay as they are. Vertices that share a page are best repaired together.
  ///
  /// Cost: for each, a page for every removed neighbour, and a distance evaluation and a page for
  /// each candidate, about m times as many.
  public mutating func repair<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertices: borrowing GrowableBuffer<VertexID>, level: Int
  ) {
    edits.removeAll()
    repaired.removeAll()
    for index in 0..<vertices.count {
      workOut(&store, vertices[index], level: level, isAgain: false)
    }
    while !edits.isEmpty {
      unsafe store.replaceNeighbours(&edits, added: .none, vector: vector.memory, level: level)
      // A list that has changed meanwhile is worked out again.
      let missed = edits.count
      for index in 0..<missed {
        workOut(&store, edits.vertex(index), level: level, isAgain: true)
      }
      edits.removeFirst(missed)
    }
    for index in 0..<repaired.count { addEdgesBack(&store, index, level: level) }
  }

  private mutating func workOut<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int, isAgain: Bool
  ) {
    store.checkForInterrupts()
    var edit = ListEdit(vertex: vertex, addedLength: 0)
    store.readNeighbours(of: vertex, level: level, into: &edit.old)
    if !hasRemoved(&store, edit.old, level: level) { return }
    if unsafe !store.loadVector(of: vertex, level: level, into: vector.memory) { return }
    gather(&store, around: vertex, edit.old, level: level)
    selector.select(
      store, among: candidates, capacity: store.capacity(level: level), into: &selection)
    edit.new = selection.list
    edits.append(edit)
    if isAgain { forget(vertex) }
    repaired.append(RepairedVertex(vertex: vertex, old: edit.old, selection: selection))
  }

  /// Drops what was selected for a vertex before.
  private mutating func forget(_ vertex: VertexID) {
    for index in 0..<repaired.count where unsafe repaired.memory[index].vertex == vertex {
      unsafe repaired.memory[index].vertex = .none
    }
  }

  private mutating func hasRemoved<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ list: borrowing NeighbourList, level: Int
  ) -> Bool {
    for index in 0..<list.count where store.isRemoved(list.id(index), level: level) {
      return true
    }
    return false
  }

  /// Collects the surviving neighbours and the nearest of what the removed ones led to, through
  /// chains of removed vertices while there are too few candidates.
  private mutating func gather<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, around vertex: VertexID, _ old: borrowing NeighbourList, level: Int
  ) {
    let capacity = store.capacity(level: level)
    seen.removeAll(expected: 8 &* old.count)
    removed.removeAll()
    // Far more than are selected: the long edges of a list are the last among them.
    candidates.reset(limit: 4 &* capacity)
    batch.count = 0
    unsafe store.estimate(from: vector.memory)
    _ = seen.insert(vertex)
    for index in 0..<old.count { classify(&store, old.id(index), level: level) }
    let direct = removed.count
    var next = 0
    while next < removed.count && (next < direct || candidates.count &+ batch.count < capacity) {
      store.checkForInterrupts()
      expand(&store, removed[next], level: level)
      next &+= 1
    }
    measureBatch(&store, level: level)
  }

  /// Adds what a removed vertex led to: all, or the nearest by estimates, but of each some, as one
  /// that was far may have been the only way to where it was.
  private mutating func expand<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int
  ) {
    if !store.estimatesNeighbours {
      store.readNeighbours(of: vertex, level: level, into: &list)
      for index in 0..<list.count { classify(&store, list.id(index), level: level) }
      return
    }
    found.count = 0
    _ = store.expand(vertex, level: level, within: .infinity, into: &found)
    nearest.reset(limit: nearest.limit)
    for index in 0..<found.count where seen.insert(found.ids[index]) {
      if store.isRemoved(found.ids[index], level: level) {
        removed.append(found.ids[index])
      } else {
        _ = nearest.insert(Candidate(found.ids[index], distance: found.distances[index]))
      }
    }
    for index in 0..<nearest.count { append(&store, nearest[index].vertex, level: level) }
  }

  private mutating func classify<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int
  ) {
    if !seen.insert(vertex) { return }
    if store.isRemoved(vertex, level: level) {
      removed.append(vertex)
    } else {
      append(&store, vertex, level: level)
    }
  }

  private mutating func append<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int
  ) {
    batch.append(vertex)
    if batch.count == NeighbourList.maximumCapacity { measureBatch(&store, level: level) }
  }

  /// How many vectors ahead of the one that is read the store is told of another.
  private static var lookahead: Int { 3 }

  private mutating func measureBatch<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, level: Int
  ) {
    for index in 0..<(batch.count &+ Self.lookahead) {
      if index < batch.count { store.prefetchVector(of: batch.ids[index], level: level) }
      if index < Self.lookahead { continue }
      let vertex = batch.ids[index &- Self.lookahead]
      unsafe candidates.offer(vertex, from: vector.memory, &store, level: level)
    }
    batch.count = 0
  }

  private mutating func addEdgesBack<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ index: Int, level: Int
  ) {
    // SAFETY: nothing is appended meanwhile.
    let repaired = unsafe repaired.memory + index
    let vertex = unsafe repaired.pointee.vertex
    if unsafe vertex == .none || !store.loadVector(of: vertex, level: level, into: vector.memory) {
      return
    }
    unsafe linker.link(
      &store, from: repaired.pointee.selection, except: repaired.pointee.old, to: vertex,
      level: level, query: vector.memory, known: { _ in nil })
  }
}

/// A vertex that got new neighbours.
struct RepairedVertex: BitwiseCopyable {
  /// `.none` when it had to be worked out again.
  var vertex: VertexID
  let old: NeighbourList
  let selection: Selection
}
