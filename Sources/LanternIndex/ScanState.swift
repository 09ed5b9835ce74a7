import CPostgres
import HNSW
import Vectors

/// What a scan hands to the executor: a row, and what is known of its distance.
struct ScanResult {
  var tid: UInt64
  /// The distance, or a lower bound of it when it needs a recheck; nil for a scan without a query.
  var distance: Float?
  var needsRecheck: Bool
}

/// A scan in progress: batches from the graph search, each with a larger ef, then the sweep.
///
/// Rows are handed out by the lower bound of their distance. Where the bounds leave the order of
/// two rows in doubt the executor is told to recheck them, as GiST does, so the order is exact; a
/// stored vector that is exact never needs it.
@safe struct ScanState: ~Copyable {
  private var graph: ScanGraph
  private var search: GraphSearch
  private var sweep: Sweep
  private var phase: Phase
  /// Nil for a scan in no order.
  private let query: ScanQuery?
  private let ef: Int

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

  private enum Phase: UInt8 {
    case start, search, sweep, end
  }

  private var file: IndexFile { graph.graph.file }
  private var shape: IndexShape { graph.graph.shape }

  /// A scan in the order of the distance from `query`, or of all rows in any order when it is nil.
  ///
  /// `memory` is about how many bytes the scan may take.
  init(
    file: IndexFile, shape: IndexShape, query: ScanQuery?, ef: Int, memory: Int
  ) {
    graph = ScanGraph(PagedGraph(file: file, shape: shape), query: query)
    search = GraphSearch(serverMemory, ef: ef)
    sweep = Sweep(limit: memory / MemoryLayout<ScanRow>.stride, shape: shape)
    batch = GrowableBuffer(serverMemory)
    chain = GrowableBuffer(serverMemory)
    self.query = query
    self.ef = ef
    phase = query == nil ? .sweep : .start
  }

  /// The next row; nil when there are none any more.
  mutating func next() -> ScanResult? {
    while true {
      if chainPosition < chain.count, let row = lastRow {
        chainPosition &+= 1
        return result(row, tid: chain[chainPosition &- 1])
      }
      if position == batch.count && !fillBatch() { return nil }
      let row = batch[position]
      position &+= 1
      lastRow = row
      chain.removeAll()
      chainPosition = 0
      if row.chain != .none { file.readChain(of: row.vertex, shape, into: &chain) }
      if row.hasTID { return result(row, tid: row.tid) }
    }
  }

  private mutating func result(_ row: ScanRow, tid: UInt64) -> ScanResult {
    if query == nil { return ScanResult(tid: tid, distance: nil, needsRecheck: false) }
    let following = position < batch.count ? batch[position].lower : horizon
    // Rows of one node may differ within the interval, even among themselves.
    let isInDoubt = row.upper > following || largestUpper > row.lower || row.chain != .none
    largestUpper = max(largestUpper, row.upper)
    return ScanResult(
      tid: tid, distance: row.lower, needsRecheck: isInDoubt && row.upper > row.lower)
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
    for _ in 0..<10 {
      guard let entry = file.readMeta().entry else { break }
      if unsafe search.descend(&graph, to: 0, from: entry, query: query.components) {
        unsafe search.search(
          &graph, level: 0, query: query.components, ef: ef, resumable: true)
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
    if larger > nodes / 128 {
      beginSweep()
    } else if unsafe !search.resume(&graph, level: 0, query: query.components, ef: larger) {
      beginSweep()
    }
  }

  /// Takes the found rows that no row yet to be found can precede; false when there are none.
  private mutating func takeFound() -> Bool {
    graph.found.sort(by: ScanRow.precedes)
    horizon = searchHorizon(query!)
    var taken = 0
    while taken < graph.found.count && (graph.found[taken].lower <= horizon || taken == 0) {
      let row = graph.found[taken]
      taken &+= 1
      // A row that should have come earlier is left to the sweep.
      if let lastRow, ScanRow.precedes(row, lastRow) { continue }
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
