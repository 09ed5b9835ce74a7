import CPostgres
import HNSW
import Vectors

/// Returns what the graph search has not, by passes over all node pages.
///
/// A pass takes the rows that come next in order, as many as memory allows, so the rest of the
/// index is handed out in exact order however large it is. What should have come before the rows
/// handed out already - because the search missed it, or another backend changed it meanwhile -
/// comes at the very end: out of order, but never lost.
@safe struct Sweep: ~Copyable {
  /// The rows of the present pass: while it collects, a heap with the last in order on top once
  /// there are too many; then one with the first on top.
  private var rows: RowHeap
  private var handedOut: VertexSet
  private let limit: Int
  private let perPage: Int
  /// Rows up to this one have been handed out in order.
  private var after: ScanRow?
  private var isLate = false
  private var isLastPass = false

  /// A sweep that takes at most `limit` nodes a pass.
  init(limit: Int, shape: IndexShape) {
    rows = RowHeap()
    handedOut = VertexSet()
    perPage = shape.node.perPage
    self.limit = max(limit, 1)
  }

  /// Starts after the last row that the search has handed out.
  mutating func begin(after row: ScanRow?) { after = row }

  func hasHandedOut(_ vertex: VertexID) -> Bool { handedOut.contains(vertex) }

  /// Excludes a node that the search has handed out.
  mutating func markHandedOut(_ vertex: VertexID) { handedOut.insert(vertex) }

  /// The next row in order; nil when there are none any more. Without a query, rows come in the
  /// heap's order.
  ///
  /// Cost of a pass: every page, read in the file's order, and a distance evaluation for each node.
  mutating func next(
    _ file: IndexFile, _ shape: IndexShape, query: ScanQuery?
  ) -> ScanRow? {
    while rows.isEmpty {
      // A pass that had room for all that it found is the last of its kind: what has come since is
      // newer than the scan's snapshot.
      if isLastPass {
        if isLate { return nil }
        isLate = true
        after = nil
      }
      collect(file, shape, query: query)
    }
    let row = rows.popFirst()
    after = row
    handedOut.insert(row.vertex)
    return row
  }

  /// The lower bound of the row that comes next in this pass; nil when the pass has come to its
  /// end.
  var nextLower: Float? { rows.isEmpty ? nil : rows.first.lower }

  /// Makes a pass.
  private mutating func collect(
    _ file: IndexFile, _ shape: IndexShape, query: ScanQuery?
  ) {
    rows.removeAll()
    readPages(file, shape, query: query)
    isLastPass = !rows.isFull
    rows.orderFirstOnTop()
  }

  private mutating func readPages(
    _ file: IndexFile, _ shape: IndexShape, query: ScanQuery?
  ) {
    let strategy = unsafe GetAccessStrategy(BAS_BULKREAD)
    let end = file.blockCount
    var block = BlockNumber(LANTERN_META_BLOCK) &+ 1
    while block < end {
      lantern_check_for_interrupts()
      let page = unsafe file.anyPage(block, .share, strategy: strategy)
      if page.kind == .nodes { readPage(page, shape, query: query) }
      block &+= 1
    }
    unsafe FreeAccessStrategy(strategy)
  }

  private mutating func readPage(
    _ page: borrowing LockedPage, _ shape: IndexShape, query: ScanQuery?
  ) {
    for place in 0..<perPage {
      let record = VertexRecord(page, place, shape.node)
      let vertex = RecordID(block: page.block, place: place).number(perPage: perPage)
      if !record.isLive || handedOut.contains(vertex) { continue }
      let row: ScanRow? =
        if let query {
          unsafe ScanRow(
            record, vertex: vertex, distance: record.distance(from: query.components), query)
        } else {
          ScanRow(unordered: record, vertex: vertex)
        }
      if let row, isWanted(row) { rows.offer(row, limit: limit) }
    }
  }

  private func isWanted(_ row: ScanRow) -> Bool {
    guard let after else { return true }
    return !(row.lower < after.lower)
  }
}
