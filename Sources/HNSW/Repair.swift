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
/// The candidates are the surviving neighbours and what the removed ones led to
/// (`RepairCandidates`); the selection is that of an insertion. New edges are added back, so that
/// what was reachable through a removed vertex stays so.
@safe public struct Repair: ~Copyable {
  private var selector: NeighbourSelector
  private var linker: Linker
  private var vector: GrowableBuffer<Component>
  private var candidates: RepairCandidates
  private var edits: GrowableBuffer<ListEdit>
  /// What was selected for each vertex of `edits`, and what it had.
  private var repaired: GrowableBuffer<RepairedVertex>
  private var selection = Selection()

  public init(_ allocator: Allocator, dimensions: Int, m: Int) {
    selector = NeighbourSelector(allocator, dimensions: dimensions, capacity: 2 &* m)
    linker = Linker(allocator, dimensions: dimensions, capacity: 2 &* m)
    vector = GrowableBuffer(allocator, capacity: dimensions)
    candidates = RepairCandidates(allocator, dimensions: dimensions, m: m)
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
    unsafe candidates.gather(
      &store, around: vertex, edit.old, level: level, query: vector.memory)
    selector.select(
      store, among: candidates.nearest, capacity: store.capacity(level: level), into: &selection)
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
