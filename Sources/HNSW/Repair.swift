/// A store from which nodes are being removed.
public protocol RepairableGraphStore: EditableGraphStore, ~Copyable {
  /// Whether a vertex is one of those being removed; its neighbours can still be read.
  mutating func isRemoved(_ vertex: VertexID, level: Int) -> Bool
}

/// Reconnects vertices around removed ones, by local search only (after FreshDiskANN, arXiv
/// 2105.09613, algorithm 4).
///
/// The candidates are the surviving neighbours and, through the removed ones, the vertices that
/// they led to; the selection is that of an insertion. New edges are added back, so that what was
/// reachable through a removed vertex stays so.
@safe public struct Repair: ~Copyable {
  private var selector: NeighbourSelector
  private var linker: Linker
  private var vector: GrowableBuffer<Component>
  private var seen: VisitedTable
  private var removed: GrowableBuffer<VertexID>
  private var candidates: GrowableBuffer<Candidate>
  private var selection = Selection()
  private var batch = MeasureBatch()
  private var list = NeighbourList()

  public init(_ allocator: Allocator, dimensions: Int, m: Int) {
    selector = NeighbourSelector(allocator, dimensions: dimensions, capacity: 2 &* m)
    linker = Linker(allocator, dimensions: dimensions)
    vector = GrowableBuffer(allocator, capacity: dimensions)
    seen = VisitedTable(allocator, expected: 16 &* m)
    removed = GrowableBuffer(allocator)
    candidates = GrowableBuffer(allocator, capacity: 16 &* m)
  }

  /// Gives a vertex new neighbours in the place of removed ones; false when it had none of them.
  ///
  /// Cost: a distance evaluation for each candidate, about capacity times the removed neighbours at
  /// most, and no search.
  public mutating func repair<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int
  ) -> Bool {
    var old = NeighbourList()
    while true {
      store.checkForInterrupts()
      store.readNeighbours(of: vertex, level: level, into: &old)
      if !hasRemoved(&store, old, level: level) { return false }
      if unsafe !store.loadVector(of: vertex, level: level, into: vector.memory) { return false }
      gather(&store, around: vertex, old, level: level)
      let count = candidates.count
      _ = selector.select(
        &store, level: level, capacity: store.capacity(level: level), count: count, into: &selection
      ) { candidates[$0] }
      if store.replaceNeighbours(
        of: vertex, level: level, old, with: selection.list, added: .none, addedLength: 0)
      {
        break
      }
    }
    addEdgesBack(&store, vertex, old, level: level)
    return true
  }

  private mutating func hasRemoved<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ list: borrowing NeighbourList, level: Int
  ) -> Bool {
    for index in 0..<list.count where store.isRemoved(list.ids[index], level: level) {
      return true
    }
    return false
  }

  /// Collects the surviving neighbours and what the removed ones led to, through chains of removed
  /// vertices while there are too few candidates.
  private mutating func gather<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, around vertex: VertexID, _ old: borrowing NeighbourList, level: Int
  ) {
    seen.removeAll(expected: 8 &* old.count)
    removed.removeAll()
    candidates.removeAll()
    batch.count = 0
    _ = seen.insert(vertex)
    for index in 0..<old.count { classify(&store, old.ids[index], level: level) }
    let direct = removed.count
    let enough = store.capacity(level: level)
    var next = 0
    while next < removed.count && (next < direct || candidates.count &+ batch.count < enough) {
      store.checkForInterrupts()
      store.readNeighbours(of: removed[next], level: level, into: &list)
      next &+= 1
      for index in 0..<list.count { classify(&store, list.ids[index], level: level) }
    }
    measureBatch(&store, level: level)
    candidates.sort()
  }

  private mutating func classify<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int
  ) {
    if !seen.insert(vertex) { return }
    if store.isRemoved(vertex, level: level) {
      removed.append(vertex)
      return
    }
    batch.append(vertex)
    if batch.count == NeighbourList.maximumCapacity { measureBatch(&store, level: level) }
  }

  private mutating func measureBatch<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, level: Int
  ) {
    if batch.count == 0 { return }
    unsafe store.measure(from: vector.memory, &batch, level: level)
    for index in 0..<batch.count where !batch.distances[index].isNaN {
      candidates.append(Candidate(batch.ids[index], distance: batch.distances[index]))
    }
    batch.count = 0
  }

  private mutating func addEdgesBack<Store: RepairableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, _ old: borrowing NeighbourList, level: Int
  ) {
    for index in 0..<selection.list.count where !old.contains(selection.list.ids[index]) {
      unsafe linker.link(
        &store, from: selection.list.ids[index], to: vertex, distance: selection.distances[index],
        level: level, query: vector.memory, known: { _ in nil })
    }
  }
}
