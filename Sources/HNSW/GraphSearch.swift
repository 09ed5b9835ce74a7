/// Where a search starts: the top vertex of the highest node.
public struct EntryPoint: BitwiseCopyable {
  public var vertex: VertexID
  public var level: Int

  public init(vertex: VertexID, level: Int) {
    self.vertex = vertex
    self.level = level
  }
}

/// Best-first search of a graph: the paper's algorithm 2 at one level and algorithm 5 from the
/// entry point down.
///
/// One value serves many searches, one after the other; its memory grows to what the largest needs.
public struct GraphSearch: ~Copyable {
  private(set) var pool: CandidatePool
  private(set) var visited: VisitedTable
  /// What had no room in the pool, kept for `resume` when asked to.
  private var overflow: GrowableBuffer<Candidate>
  private var keepsOverflow = false
  /// At most so many candidates of one level lead to the next below.
  private let startCount: Int
  /// Where the next search starts.
  private var starts: GrowableBuffer<VertexID>
  /// Where the store estimates: the nearest of the vertices expanded, by their true distances.
  private var expanded: CandidatePool
  private let keepsExpanded: Bool
  private var isByEstimates = false
  private var list = NeighbourList()
  private var batch = MeasureBatch()
  /// The vertices expanded since `begin`.
  public private(set) var expansions = 0

  /// With `keepsExpanded`, a search by estimates can tell as many results as it has candidates.
  public init(
    _ allocator: Allocator, ef: Int, startCount: Int = Self.leastStartCount,
    keepsExpanded: Bool = false
  ) {
    self.keepsExpanded = keepsExpanded
    self.startCount = startCount
    pool = CandidatePool(allocator, limit: ef)
    visited = VisitedTable(allocator, expected: ef &* 8)
    overflow = GrowableBuffer(allocator)
    starts = GrowableBuffer(allocator)
    expanded = CandidatePool(allocator, limit: keepsExpanded ? ef : startCount)
  }

  /// How many candidates of one level lead to the next below unless told otherwise.
  public static var leastStartCount: Int { 4 }

  /// The candidates found, nearest first; all are expanded once a search has run.
  public var count: Int { pool.count }
  public subscript(index: Int) -> Candidate { pool[index] }
  public var ef: Int { pool.limit }

  /// The same by their true distances: where the store estimates, those that were expanded, at least
  /// as many as lead down.
  var resultCount: Int { isByEstimates ? expanded.count : pool.count }
  func result(_ index: Int) -> Candidate { isByEstimates ? expanded[index] : pool[index] }

  /// The distance of a vertex if the last search has measured it, and it was there.
  func measuredDistance(of vertex: VertexID) -> Float? {
    isByEstimates ? visited.expandedDistance(of: vertex) : visited.distance(of: vertex)
  }

  /// Walks from the entry point down to vertices of `level` near the query, where the next search
  /// starts; false when the way was lost because a vertex on it has gone.
  ///
  /// The walk is greedy, or, where the store estimates, keeps two candidates, since the nearest by
  /// estimate may not be; but for the level above the last: there `startCount` are kept, and all
  /// of them lead down. Where many vertices lie about as far from the query as its neighbours do, a
  /// single start can end up surrounded by the wrong ones. Cost: about m distance evaluations for
  /// each step, few steps a level.
  public mutating func descend<Store: GraphStore & ~Copyable>(
    _ store: inout Store, to level: Int, from entry: EntryPoint, query: UnsafeRawPointer
  ) -> Bool {
    start(at: entry.vertex)
    var current = entry.level
    while current > level {
      let ef =
        current == level &+ 1 ? startCount : store.estimatesNeighbours ? 2 : 1
      unsafe search(&store, level: current, query: query, ef: ef)
      if !descend(&store, from: current) { return false }
      current &-= 1
    }
    return true
  }

  /// Lets the next search start at the lower vertices of the nearest candidates; false when all
  /// have gone.
  mutating func descend<Store: GraphStore & ~Copyable>(
    _ store: inout Store, from level: Int
  ) -> Bool {
    starts.removeAll()
    for index in 0..<min(resultCount, startCount) {
      let lower = store.lowerVertex(of: result(index).vertex, level: level)
      if lower != .none { starts.append(lower) }
    }
    return !starts.isEmpty
  }

  /// Lets the next search start at a vertex.
  public mutating func start(at vertex: VertexID) {
    starts.removeAll()
    starts.append(vertex)
  }

  /// Finds the `ef` vertices of a level nearest to the query (algorithm 2), from the starts that
  /// `descend` or `start` has set.
  ///
  /// With `resumable`, candidates that have no room are kept, so that `resume` can go on.
  public mutating func search<Store: GraphStore & ~Copyable>(
    _ store: inout Store, level: Int, query: UnsafeRawPointer, ef: Int, resumable: Bool = false
  ) {
    isByEstimates = store.estimatesNeighbours
    if isByEstimates {
      beginByEstimates(ef: ef)
      runByEstimates(&store, level: level)
      return
    }
    pool.reset(limit: ef)
    visited.removeAll(expected: ef &* 16)
    overflow.removeAll()
    keepsOverflow = resumable
    expansions = 0
    batch.count = 0
    for index in 0..<starts.count where visited.insert(starts[index]) {
      batch.append(starts[index])
    }
    unsafe measureBatch(&store, level: level, query: query)
    unsafe run(&store, level: level, query: query)
  }

  /// Goes on with a larger `ef`, from where the last search stopped; false when the graph is
  /// exhausted. Where the store estimates, the search begins anew: most of them never go on, and
  /// what they would have to keep for it costs more than the few that do.
  public mutating func resume<Store: GraphStore & ~Copyable>(
    _ store: inout Store, level: Int, query: UnsafeRawPointer, ef: Int
  ) -> Bool {
    let before = expansions
    if store.estimatesNeighbours {
      beginByEstimates(ef: ef)
      runByEstimates(&store, level: level)
      return expansions > before
    }
    pool.raise(limit: ef)
    overflow.sort()
    var taken = 0
    while taken < overflow.count && pool.count < pool.limit {
      _ = pool.insert(overflow[taken])
      taken &+= 1
    }
    overflow.removeFirst(taken)
    unsafe run(&store, level: level, query: query)
    return expansions > before
  }

  private mutating func run<Store: GraphStore & ~Copyable>(
    _ store: inout Store, level: Int, query: UnsafeRawPointer
  ) {
    while let candidate = pool.nextToExpand() {
      if let next = pool.next { store.prefetch(next.vertex, level: level) }
      store.checkForInterrupts()
      store.expand(candidate, level: level, into: &list)
      expansions &+= 1
      batch.count = 0
      visited.insert(list, appendingNewTo: &batch)
      unsafe measureBatch(&store, level: level, query: query)
    }
  }

  /// Expands the vertex with the least estimate until all in the pool are expanded (the search of
  /// SymphonyQG, arXiv 2411.12229).
  ///
  /// A vertex is in the pool with the least of its neighbours' estimates so far.
  private mutating func runByEstimates<Store: GraphStore & ~Copyable>(
    _ store: inout Store, level: Int
  ) {
    while let candidate = pool.nextToExpand() {
      if let next = pool.next { store.prefetch(next.vertex, level: level) }
      store.checkForInterrupts()
      batch.count = 0
      let distance = store.expand(
        candidate.vertex, level: level, within: pool.farthest, into: &batch)
      expansions &+= 1
      visited.expand(candidate.vertex, distance: distance)
      if !distance.isNaN { _ = expanded.insert(Candidate(candidate.vertex, distance: distance)) }
      for index in 0..<batch.count { offer(batch.ids[index], estimate: batch.distances[index]) }
    }
  }

  private mutating func beginByEstimates(ef: Int) {
    pool.reset(limit: ef)
    expanded.reset(limit: keepsExpanded ? ef : startCount)
    visited.removeAll(expected: ef &* 4)
    expansions = 0
    for index in 0..<starts.count { offer(starts[index], estimate: 0) }
  }

  @inline(__always)
  private mutating func offer(_ vertex: VertexID, estimate: Float) {
    guard let known = visited.improve(vertex, to: estimate) else { return }
    let candidate = Candidate(vertex, distance: estimate)
    if known.isNaN {
      _ = pool.insert(candidate)
    } else {
      pool.offer(candidate, instead: Candidate(vertex, distance: known))
    }
  }

  private mutating func measureBatch<Store: GraphStore & ~Copyable>(
    _ store: inout Store, level: Int, query: UnsafeRawPointer
  ) {
    if batch.count == 0 { return }
    unsafe store.measure(from: query, &batch, level: level)
    for index in 0..<batch.count {
      let distance = batch.distances[index]
      if distance.isNaN { continue }
      visited.setDistance(distance, of: batch.ids[index])
      if let left = pool.insert(Candidate(batch.ids[index], distance: distance)), keepsOverflow {
        overflow.append(left)
      }
    }
  }
}
