import CPostgres
import HNSW
import Vectors

// The lists of several vertices are written together.
extension PagedGraph {
  /// Writes the lists page by page, up to four pages in one log record: a record has a header of
  /// its own, and to make one costs a comparison of all of each page.
  mutating func replaceNeighbours(
    _ edits: inout GrowableBuffer<ListEdit>, added: VertexID, vector: UnsafeRawPointer, level: Int
  ) {
    unsafe encode(edits, added: added, vector: vector, level: level)
    let layout = shape.layout(level: level)
    order.removeAll()
    for index in 0..<edits.count {
      let block = RecordID(edits.vertex(index), perPage: layout.perPage).block
      order.append(UInt64(block) << 32 | UInt64(index))
    }
    order.sort()
    missed = 0
    var next = 0
    while next < order.count {
      next = writePages(
        edits, from: next, pages: PageChange.capacity, hasChanged: false,
        level: level, file.beginChange())
    }
    keepMissed(&edits)
  }

  /// Locks the page of the edit at a place of the order, writes all its edits, and goes on with the
  /// next page while it stays locked; then finishes the change. Returns the place of the first edit
  /// not dealt with.
  ///
  /// All lock several pages in the order of their numbers, so nobody waits in a circle.
  private mutating func writePages(
    _ edits: borrowing GrowableBuffer<ListEdit>, from start: Int, pages: Int, hasChanged: Bool,
    level: Int, _ change: consuming PageChange
  ) -> Int {
    if pages == 0 || start == order.count {
      if hasChanged { change.finish() }
      return start
    }
    let block = BlockNumber(truncatingIfNeeded: order[start] >> 32)
    let page = unsafe file.page(block, level == 0 ? .nodes : .upper, .exclusive)
    var hasChanged = hasChanged
    var next = start
    while next < order.count && BlockNumber(truncatingIfNeeded: order[next] >> 32) == block {
      let number = Int(UInt32(truncatingIfNeeded: order[next]))
      if unsafe write(
        edits.memory + number, number: number, on: page, level: level, change)
      {
        hasChanged = true
      }
      next &+= 1
    }
    return writePages(
      edits, from: next, pages: pages &- 1, hasChanged: hasChanged, level: level,
      change)
  }

  /// Writes one list to the page's image; false when its vertex has gone or its list has changed.
  private mutating func write(
    _ edit: UnsafePointer<ListEdit>, number: Int, on page: borrowing LockedPage, level: Int,
    _ change: borrowing PageChange
  ) -> Bool {
    let layout = shape.layout(level: level)
    let place = unsafe RecordID(edit.pointee.vertex, perPage: layout.perPage).place
    let record = VertexRecord(page, place, layout)
    switch unsafe record.state(of: edit.pointee.old, level: level) {
    case .gone: return false
    case .changed:
      order[missed] = UInt64(number)
      missed &+= 1
      return false
    case .same: break
    }
    let changed = VertexRecord(change.image(of: page), place, layout)
    unsafe changed.replaceNeighbours(edit.pointee.old, with: edit.pointee.new) { new, place in
      encoder?.write(firstCodes[number] &+ new, to: changed, place: place)
    }
    return true
  }

  /// Leaves in the batch the edits that were missed, whose numbers have taken the first places of
  /// the order: these had been dealt with.
  private mutating func keepMissed(_ edits: inout GrowableBuffer<ListEdit>) {
    order.truncate(to: missed)
    order.sort()
    for index in 0..<missed { edits[index] = edits[Int(order[index])] }
    edits.truncate(to: missed)
  }
}
