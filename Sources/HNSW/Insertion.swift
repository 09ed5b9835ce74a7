/// The insertion of one vector: the paper's algorithm 1, in the three steps a store on pages needs.
///
/// First `findCandidates`, then the store looks among the candidates for an equal vector or else,
/// after `selectNeighbours`, writes the new node with its lists; last `link` adds the edges back. A
/// graph is valid after each step. One value serves many insertions, one after the other.
@safe public struct Insertion: ~Copyable {
  private var search: GraphSearch
  private var selector: NeighbourSelector
  private var linker: Linker
  private var selections: GrowableBuffer<Selection>
  /// The neighbours that a new vertex begins with, if there are so many; the rest of its list fills
  /// by edges back.
  private let m: Int
  private let efConstruction: Int
  /// The new node's level.
  public private(set) var level = 0

  public init(_ allocator: Allocator, dimensions: Int, m: Int, efConstruction: Int) {
    search = GraphSearch(allocator, ef: efConstruction, keepsExpanded: true)
    selector = NeighbourSelector(allocator, dimensions: dimensions, capacity: 2 &* m)
    linker = Linker(allocator, dimensions: dimensions, capacity: 2 &* m)
    selections = GrowableBuffer(allocator, capacity: maximumLevel + 1)
    for _ in 0...maximumLevel { selections.append(Selection()) }
    self.m = m
    self.efConstruction = efConstruction
  }

  /// Finds the nearest vertices at each level the new node will have, and selects its neighbours
  /// above level 0; false when the way down was lost because a vertex on it has gone: then try
  /// again from a fresh entry point.
  public mutating func findCandidates<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, query: UnsafeRawPointer, level: Int, from entry: EntryPoint
  ) -> Bool {
    self.level = level
    clearSelections()
    let top = min(level, entry.level)
    if unsafe !search.descend(&store, to: top, from: entry, query: query) { return false }
    var current = top
    while true {
      unsafe search.search(
        &store, level: current, query: query, ef: efConstruction, resumable: true)
      if search.resultCount == 0 { return false }
      if current == 0 { return true }
      unsafe select(&store, level: current, query: query)
      if !search.descend(&store, from: current) { return false }
      current &-= 1
    }
  }

  /// The candidates at level 0, nearest first.
  public var candidateCount: Int { search.resultCount }
  public func candidate(_ index: Int) -> Candidate { search.result(index) }

  /// The distance to a vertex of level 0 as the search has measured it; nil when it has not.
  func measuredDistance(of vertex: VertexID) -> Float? { search.measuredDistance(of: vertex) }

  /// Selects the new node's neighbours at level 0 among the candidates.
  public mutating func selectNeighbours<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, query: UnsafeRawPointer
  ) {
    unsafe select(&store, level: 0, query: query)
  }

  /// Prepares the insertion of a graph's first vector, which has no neighbours.
  public mutating func begin(level: Int) {
    self.level = level
    clearSelections()
  }

  /// The new node's neighbours at a level; empty above the graph's highest.
  public func neighbours(level: Int) -> NeighbourList { selections[level].list }
  /// The distances to the same.
  public func distances(level: Int) -> InlineArray<256, Float> { selections[level].distances }

  /// Adds the edges from the new node's neighbours at a level back to it. Cost: `Linker.link` for
  /// each.
  public mutating func link<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, level: Int, query: UnsafeRawPointer
  ) {
    // What the search at level 0 has measured need not be measured again; the levels above number
    // differently.
    unsafe linker.link(
      &store, from: selections[level], except: NeighbourList(), to: vertex, level: level,
      query: query
    ) { level == 0 ? search.measuredDistance(of: $0) : nil }
  }

  /// In place: a selection is two kilobytes.
  private mutating func clearSelections() {
    // SAFETY: the indices are those of the elements.
    for index in 0..<selections.count { unsafe selections.memory[index].list.removeAll() }
  }

  /// Selects neighbours among the candidates. Where vacuum is removing most of them, the search
  /// goes on behind them: a node without neighbours would never be found.
  private mutating func select<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, level: Int, query: UnsafeRawPointer
  ) {
    let capacity = store.capacity(level: level)
    while true {
      let passedOver = selector.select(
        &store, level: level, capacity: capacity, filled: m, count: search.resultCount,
        into: &selections[level]
      ) { search.result($0) }
      if passedOver == 0 || selections[level].list.count >= min(m, capacity / 2) { return }
      if unsafe !search.resume(&store, level: level, query: query, ef: search.ef &* 2) { return }
    }
  }
}
