import HNSW

/// The first rows of many, in two steps: `offer` keeps as many as a limit allows, then `popFirst`
/// takes them in order.
///
/// Nothing is sorted beforehand, as most scans end long before the last row.
struct RowHeap: ~Copyable {
  private var rows = GrowableBuffer<ScanRow>(serverMemory)
  /// Whether there were as many rows as the limit allows; while offering, they then form a heap
  /// with the last in order on top.
  private(set) var isFull = false

  var isEmpty: Bool { rows.isEmpty }
  /// The first row, after `orderFirstOnTop`.
  var first: ScanRow { rows[0] }

  mutating func removeAll() {
    rows.removeAll()
    isFull = false
  }

  /// Takes a row in if it is among the first `limit` so far.
  @inline(__always)
  mutating func offer(_ row: ScanRow, limit: Int) {
    if !isFull {
      rows.append(row)
      if rows.count == limit {
        isFull = true
        heapify { ScanRow.precedes($1, $0) }
      }
    } else if ScanRow.precedes(row, rows[0]) {
      rows[0] = row
      siftDown(0) { ScanRow.precedes($1, $0) }
    }
  }

  /// Ends the offering.
  mutating func orderFirstOnTop() { heapify(ScanRow.precedes) }

  /// Takes the first row out; there must be one.
  mutating func popFirst() -> ScanRow {
    let first = rows[0]
    rows[0] = rows[rows.count &- 1]
    rows.truncate(to: rows.count &- 1)
    if !rows.isEmpty { siftDown(0, ScanRow.precedes) }
    return first
  }

  private mutating func heapify(_ comesFirst: (ScanRow, ScanRow) -> Bool) {
    var index = rows.count / 2 &- 1
    while index >= 0 {
      siftDown(index, comesFirst)
      index &-= 1
    }
  }

  @inline(__always)
  private mutating func siftDown(_ start: Int, _ comesFirst: (ScanRow, ScanRow) -> Bool) {
    var parent = start
    let row = rows[start]
    while true {
      var child = 2 &* parent &+ 1
      if child >= rows.count { break }
      if child &+ 1 < rows.count && comesFirst(rows[child &+ 1], rows[child]) { child &+= 1 }
      if !comesFirst(rows[child], row) { break }
      rows[parent] = rows[child]
      parent = child
    }
    rows[parent] = row
  }
}
