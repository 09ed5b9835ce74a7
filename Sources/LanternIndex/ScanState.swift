import CPostgres
import HNSW
import Vectors

/// What a scan hands to the executor.
struct ScanResult {
  var tid: UInt64
  /// The distance, or a lower bound of it where no other row's comes near; nil for a scan without a
  /// query.
  var distance: Double?
}

/// A row that comes next by the lower bound of its distance.
private struct BoundedRow {
  let tid: UInt64
  let lower: Float
  let upper: Float
  /// Whether another row, before it or behind it, may be as near.
  let isInDoubt: Bool
}

/// A scan in progress: batches from the graph search, each with a larger ef, then the sweep.
///
/// Rows come by the lower bound of their distance. Where the bounds leave the order of two rows in
/// doubt, their true distances are computed, and each waits until no lower bound precedes it, so
/// the order is exact; a stored vector that is exact never needs it.
@safe struct ScanState: ~Copyable {
  private var graph: ScanGraph
  private var search: GraphSearch
  private var sweep: Sweep
  private var phase: Phase
  /// Nil for a scan in no order.
  private let query: ScanQuery?
  /// How many candidates the first search keeps.
  private let poolSize: Int
  /// How many of the rows that the present search finds are handed out whatever its horizon.
  private var promised: Int
  /// Where the first search starts.
  private let entry: EntryPoint?

  /// Rows ready to be handed out, in order, and the next of them.
  private var batch: GrowableBuffer<ScanRow>
  private var position = 0
  /// No row beyond the batch has a lower bound below this.
  private var horizon = Float.infinity
  private var lastRow: ScanRow?
  /// The largest upper bound of the rows handed out.
  private var largestUpper: Float = -1
  /// Further TIDs of the row handed out last.
  private var chain: GrowableBuffer<UInt64>
  private var chainPosition = 0
  /// Rows whose order was in doubt, by their true distances.
  private var waiting = OrderedRows()
  /// Rows that an earlier search has missed, by their true distances.
  private var late = OrderedRows()
  /// The largest distance handed out.
  private var largestDistance = -Double.infinity
  /// What computes them; made for the first.
  private let scan: IndexScanDesc
  private var recheck: OpaquePointer?

  private enum Phase: UInt8 {
    case start, search, sweep, end
  }

  private var file: IndexFile { graph.graph.file }
  private var shape: IndexShape { graph.graph.shape }

  /// A scan in the order of the distance from `query`, or of all rows in any order when it is nil.
  ///
  /// `memory` is about how many bytes the scan may take.
  init(
    _ scan: IndexScanDesc, file: IndexFile, meta: Meta, shape: IndexShape, query: ScanQuery?,
    ef: Int, memory: Int
  ) {
    unsafe self.scan = scan
    unsafe recheck = nil
    graph = ScanGraph(PagedGraph(file: file, shape: shape), query: query, meta)
    entry = meta.entry
    poolSize = shape.poolSize(ef: ef)
    // One more than ef: the order of the last may be in doubt until the next is known.
    promised = ef &+ 1
    // Tight clusters have few edges between them but on the upper levels, so that a search of the
    // wrong one stays there however large its pool: who looks harder begins in more places.
    search = GraphSearch(
      serverMemory, ef: poolSize, startCount: max(poolSize / 16, GraphSearch.leastStartCount))
    sweep = Sweep(limit: memory / MemoryLayout<ScanRow>.stride, shape: shape)
    batch = GrowableBuffer(serverMemory)
    chain = GrowableBuffer(serverMemory)
    self.query = query
    phase = query == nil ? .sweep : .start
  }

  /// Ends what holds more than memory.
  mutating func end() {
    if let recheck = unsafe recheck { unsafe lantern_end_recheck(recheck) }
    unsafe recheck = nil
  }

  /// The next row; nil when there are none any more.
  mutating func next() -> ScanResult? {
    if query == nil { return nextBounded().map { ScanResult(tid: $0.tid, distance: nil) } }
    while true {
      if !waiting.isEmpty && waiting.first.distance <= Double(followingLower) {
        return resultWaiting()
      }
      guard let row = nextBounded() else { return nextOfRest() }
      if row.isInDoubt {
        wait(row)
      } else if waiting.isEmpty {
        return result(row)
      } else {
        waiting.push(OrderedRow(distance: Double(row.lower), tid: row.tid))
      }
    }
  }

  private mutating func result(_ row: BoundedRow) -> ScanResult {
    largestDistance = max(largestDistance, Double(row.lower))
    return ScanResult(tid: row.tid, distance: Double(row.lower))
  }

  private mutating func resultWaiting() -> ScanResult {
    let row = waiting.popFirst()
    largestDistance = max(largestDistance, row.distance)
    return ScanResult(tid: row.tid, distance: row.distance)
  }

  /// What is left when all rows have been found.
  private mutating func nextOfRest() -> ScanResult? {
    if !waiting.isEmpty { return resultWaiting() }
    if late.isEmpty { return nil }
    let row = late.popFirst()
    return ScanResult(tid: row.tid, distance: row.distance)
  }

  /// Lets a row wait at its true distance; one that is not visible is of no use to anybody.
  private mutating func wait(_ row: BoundedRow) {
    lantern_check_for_interrupts()
    var distance = Double(row.lower)
    if row.upper > row.lower {
      if unsafe recheck == nil { unsafe recheck = lantern_begin_recheck(scan) }
      if unsafe !lantern_recheck(recheck, lantern_payload_tid(row.tid), &distance) { return }
    }
    let ordered = OrderedRow(distance: distance, tid: row.tid)
    // A row that a farther one was handed out before breaks the order; the end is the place for it.
    if distance < largestDistance { late.push(ordered) } else { waiting.push(ordered) }
  }

  /// A lower bound of the distances of all rows that `nextBounded` has not returned yet.
  private var followingLower: Float {
    if chainPosition < chain.count, let row = lastRow { return row.lower }
    return position < batch.count ? batch[position].lower : horizon
  }

  private mutating func nextBounded() -> BoundedRow? {
    while true {
      if chainPosition < chain.count, let row = lastRow {
        chainPosition &+= 1
        return bounded(row, tid: chain[chainPosition &- 1])
      }
      if position == batch.count && !fillBatch() { return nil }
      let row = batch[position]
      position &+= 1
      lastRow = row
      chain.removeAll()
      chainPosition = 0
      if row.chain != .none { file.readChain(of: row.vertex, shape, into: &chain) }
      if row.hasTID { return bounded(row, tid: row.tid) }
    }
  }

  private mutating func bounded(_ row: ScanRow, tid: UInt64) -> BoundedRow {
    let following = position < batch.count ? batch[position].lower : horizon
    // Rows of one node may differ within the interval, even among themselves.
    let isInDoubt = row.upper > following || largestUpper > row.lower || row.chain != .none
    largestUpper = max(largestUpper, row.upper)
    return BoundedRow(tid: tid, lower: row.lower, upper: row.upper, isInDoubt: isInDoubt)
  }

  private mutating func fillBatch() -> Bool {
    batch.removeAll()
    position = 0
    while true {
      switch phase {
      case .start:
        startSearch(query!)
        if case .search = phase, takeFound() { return true }
      case .search:
        continueSearch(query!)
        if case .search = phase, takeFound() { return true }
      case .sweep:
        if fillFromSweep() { return true }
      case .end: return false
      }
    }
  }
}

// The graph search.
extension ScanState {
  private mutating func startSearch(_ query: ScanQuery) {
    phase = .search
    // The way down can be lost to a concurrent vacuum; the sweep needs no way.
    for way in 0..<10 {
      guard let entry = way == 0 ? entry : file.readMeta().entry else { break }
      graph.forgetWays()
      if unsafe search.descend(&graph, to: 0, from: entry, query: query.components) {
        unsafe search.search(
          &graph, level: 0, query: query.components, ef: poolSize, resumable: true)
        if search.count > 0 { return }
      }
    }
    beginSweep()
  }

  /// Doubles ef, or goes over to the sweep where that is cheaper: reading all pages in order costs
  /// about as much as finding a hundredth of the nodes by their links.
  private mutating func continueSearch(_ query: ScanQuery) {
    let nodes = Int(file.blockCount) &* shape.node.perPage
    let larger = search.ef &* 2
    if larger > shape.poolSize(ef: nodes / 128) {
      beginSweep()
      return
    }
    if graph.estimatesNeighbours { graph.found.removeAll() }
    promised &*= 2
    if unsafe !search.resume(&graph, level: 0, query: query.components, ef: larger) {
      beginSweep()
    }
  }

  /// Takes the found rows that no row yet to be found can precede; false when there are none.
  ///
  /// Estimates are too low rather than too high, as the least of several counts, and so is a horizon
  /// made of them. There the nearest rows count that a search of this size is made to find.
  private mutating func takeFound() -> Bool {
    graph.found.sort(by: ScanRow.precedes)
    horizon = searchHorizon(query!)
    var taken = 0
    if graph.estimatesNeighbours && graph.found.count > 0 {
      horizon = max(horizon, graph.found[min(promised, graph.found.count) &- 1].lower)
    }
    while taken < graph.found.count && (graph.found[taken].lower <= horizon || taken == 0) {
      let row = graph.found[taken]
      taken &+= 1
      // A row that should have come earlier is left to the sweep.
      if let lastRow, row.lower < lastRow.lower { continue }
      if sweep.hasHandedOut(row.vertex) { continue }
      sweep.markHandedOut(row.vertex)
      batch.append(row)
    }
    graph.found.removeFirst(taken)
    return batch.count > 0
  }

  /// A lower bound for what has not been expanded: the farthest distance of the pool, less the
  /// residual that rows have.
  private func searchHorizon(_ query: ScanQuery) -> Float {
    if search.count == 0 { return .infinity }
    var residual: Float = 0
    for index in 0..<graph.found.count {
      residual = max(residual, graph.found[index].residual)
    }
    let farthest = search[search.count &- 1].distance
    return query.bounds.lowerBound(stored: farthest, residual: residual)
  }
}

// The sweep.
extension ScanState {
  private mutating func beginSweep() {
    phase = .sweep
    sweep.begin(after: lastRow)
  }

  /// One row at a time: what follows it is known from the sweep.
  private mutating func fillFromSweep() -> Bool {
    guard let row = sweep.next(file, shape, query: query) else {
      phase = .end
      return false
    }
    batch.append(row)
    horizon = sweep.nextLower ?? row.lower
    return true
  }
}
