import CPostgres
import HNSW
import Vectors

/// Returns what the graph search has not, by passes over all node pages.
///
/// A pass takes the rows that come next in order, as many as memory allows, so the rest of the index is handed out in
/// exact order however large it is. What should have come before the rows handed out already - because the search missed
/// it, or another backend changed it meanwhile - comes at the very end: out of order, but never lost.
@safe struct Sweep: ~Copyable {
  /// The rows of the present pass: a heap with the last in order on top, then sorted.
  private(set) var rows: GrowableBuffer<ScanRow>
  private var handedOut: VertexSet
  private let limit: Int
  private let perPage: Int
  /// Rows up to this one have been handed out in order.
  private var after: ScanRow?
  private var isLate = false

  /// A sweep that takes at most `limit` nodes a pass.
  init(limit: Int, shape: IndexShape) {
    rows = GrowableBuffer(serverMemory)
    handedOut = VertexSet()
    perPage = shape.node.perPage
    self.limit = max(limit, 1)
  }

  /// Starts after the last row that the search has handed out.
  mutating func begin(after row: ScanRow?) { after = row }

  /// Excludes a node that the search has handed out.
  mutating func markHandedOut(_ vertex: VertexID) { handedOut.insert(vertex) }

  /// Collects the next rows, sorted; false when there are none any more. A null query takes rows as they come.
  ///
  /// Cost: every page, read in the file's order, and a distance evaluation for each node.
  mutating func nextPass(_ file: IndexFile, _ shape: IndexShape, query: UnsafePointer<Float>?)
    -> Bool
  {
    while true {
      rows.removeAll()
      unsafe collect(file, shape, query: query)
      rows.sort(by: ScanRow.precedes)
      if rows.count > 0 {
        after = rows[rows.count &- 1]
        for index in 0..<rows.count { markHandedOut(rows[index].vertex) }
        return true
      }
      if isLate { return false }
      isLate = true
    }
  }

  private mutating func collect(
    _ file: IndexFile, _ shape: IndexShape, query: UnsafePointer<Float>?
  ) {
    let strategy = unsafe GetAccessStrategy(BAS_BULKREAD)
    let end = file.blockCount
    var block = BlockNumber(LANTERN_META_BLOCK) &+ 1
    while block < end {
      lantern_check_for_interrupts()
      let page = unsafe file.anyPage(block, .share, strategy: strategy)
      if page.kind == .nodes { unsafe collect(page, shape, query: query) }
      block &+= 1
    }
    unsafe FreeAccessStrategy(strategy)
  }

  private mutating func collect(
    _ page: borrowing LockedPage, _ shape: IndexShape, query: UnsafePointer<Float>?
  ) {
    for place in 0..<perPage {
      let record = VertexRecord(page, place, shape.node)
      let vertex = RecordID(block: page.block, place: place).number(perPage: perPage)
      if !record.isLive || handedOut.contains(vertex) { continue }
      let row: ScanRow? =
        if let query = unsafe query {
          unsafe ScanRow(
            record, vertex: vertex, squaredDistance: record.squaredDistance(from: query),
            dimensions: shape.format.dimensions)
        } else {
          ScanRow(unordered: record, vertex: vertex)
        }
      if let row, isWanted(row) { offer(row) }
    }
  }

  private func isWanted(_ row: ScanRow) -> Bool {
    guard !isLate, let after else { return true }
    return ScanRow.precedes(after, row)
  }

  /// Keeps the `limit` first rows in a heap.
  private mutating func offer(_ row: ScanRow) {
    if rows.count < limit {
      rows.append(row)
      var child = rows.count &- 1
      while child > 0 {
        let parent = (child &- 1) / 2
        if !ScanRow.precedes(rows[parent], rows[child]) { break }
        (rows[parent], rows[child]) = (rows[child], rows[parent])
        child = parent
      }
    } else if ScanRow.precedes(row, rows[0]) {
      rows[0] = row
      siftDown()
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var child = 2 &* parent &+ 1
      if child >= rows.count { break }
      if child &+ 1 < rows.count && ScanRow.precedes(rows[child], rows[child &+ 1]) { child &+= 1 }
      if !ScanRow.precedes(rows[parent], rows[child]) { break }
      (rows[parent], rows[child]) = (rows[child], rows[parent])
      parent = child
    }
  }
}
