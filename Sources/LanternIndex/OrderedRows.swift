import HNSW

/// A heap TID with the distance by which it is handed out.
struct OrderedRow: BitwiseCopyable {
  let distance: Double
  let tid: UInt64

  /// NaN, which pgvector's functions can return, comes last, as the server sorts it.
  static func precedes(_ left: OrderedRow, _ right: OrderedRow) -> Bool {
    if left.distance.isNaN || right.distance.isNaN {
      return right.distance.isNaN && !left.distance.isNaN
    }
    return left.distance < right.distance
      || (left.distance == right.distance && left.tid < right.tid)
  }
}

/// Rows that wait until none that is still to come can precede them: a binary heap, the first on
/// top.
struct OrderedRows: ~Copyable {
  private var rows = GrowableBuffer<OrderedRow>(serverMemory)

  var isEmpty: Bool { rows.isEmpty }
  /// The row that comes first; there must be one.
  var first: OrderedRow { rows[0] }

  mutating func push(_ row: OrderedRow) {
    rows.append(row)
    var child = rows.count &- 1
    while child > 0 {
      let parent = (child &- 1) / 2
      if !OrderedRow.precedes(row, rows[parent]) { break }
      rows[child] = rows[parent]
      child = parent
    }
    rows[child] = row
  }

  /// Takes the first row out; there must be one.
  mutating func popFirst() -> OrderedRow {
    let first = rows[0]
    let last = rows[rows.count &- 1]
    rows.truncate(to: rows.count &- 1)
    if rows.isEmpty { return first }
    var parent = 0
    while true {
      var child = 2 &* parent &+ 1
      if child >= rows.count { break }
      if child &+ 1 < rows.count && OrderedRow.precedes(rows[child &+ 1], rows[child]) {
        child &+= 1
      }
      if !OrderedRow.precedes(rows[child], last) { break }
      rows[parent] = rows[child]
      parent = child
    }
    rows[parent] = last
    return first
  }
}
