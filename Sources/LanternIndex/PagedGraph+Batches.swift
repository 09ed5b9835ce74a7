import CPostgres
import HNSW
import Vectors

// Edges back to a new vertex: the lists of several vertices are written together.
extension PagedGraph {
  /// Writes the lists page by page, up to four pages in one log record: a record has a header of
  /// its own, and to make one costs a comparison of all of each page.
  mutating func replaceNeighbours(
    _ edits: inout GrowableBuffer<ListEdit>, added: VertexID, vector: UnsafeRawPointer, level: Int
  ) {
    if added == .none && shape.code != nil { return replaceEach(&edits, level: level) }
    unsafe encodeEdges(edits, to: vector, level: level)
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
        edits, from: next, pages: Self.pagesPerRecord, hasChanged: false, added: added,
        level: level, file.beginChange())
    }
    keepMissed(&edits)
  }

  /// Writes lists with several new neighbours each, whose codes there is room for in the encoder of
  /// one list only.
  private mutating func replaceEach(_ edits: inout GrowableBuffer<ListEdit>, level: Int) {
    unsafe edits.keep { edit in
      unsafe !replaceNeighbours(
        of: edit.pointee.vertex, level: level, edit.pointee.old, with: edit.pointee.new,
        added: .none, addedLength: 0)
    }
  }

  /// The most that a generic WAL record can have.
  private static var pagesPerRecord: Int { 4 }

  /// Locks the page of the edit at a place of the order, writes all its edits, and goes on with the
  /// next page while it stays locked; then finishes the change. Returns the place of the first edit
  /// not dealt with.
  ///
  /// All lock several pages in the order of their numbers, so nobody waits in a circle.
  private mutating func writePages(
    _ edits: borrowing GrowableBuffer<ListEdit>, from start: Int, pages: Int, hasChanged: Bool,
    added: VertexID, level: Int, _ change: consuming PageChange
  ) -> Int {
    if pages == 0 || start == order.count {
      if hasChanged { change.finish() } else { change.cancel() }
      return start
    }
    let block = BlockNumber(truncatingIfNeeded: order[start] >> 32)
    let page = unsafe file.page(block, level == 0 ? .nodes : .upper, .exclusive)
    var hasChanged = hasChanged
    var next = start
    while next < order.count && BlockNumber(truncatingIfNeeded: order[next] >> 32) == block {
      let number = Int(UInt32(truncatingIfNeeded: order[next]))
      if unsafe write(
        edits.memory + number, number: number, on: page, added: added, level: level, change)
      {
        hasChanged = true
      }
      next &+= 1
    }
    return writePages(
      edits, from: next, pages: pages &- 1, hasChanged: hasChanged, added: added, level: level,
      change)
  }

  /// Writes one list to the page's image; false when its vertex has gone or its list has changed.
  private mutating func write(
    _ edit: UnsafePointer<ListEdit>, number: Int, on page: borrowing LockedPage, added: VertexID,
    level: Int,
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
    unsafe copyKept(from: record, edit.pointee.old, edit.pointee.new)
    unsafe takeEdge(number, to: added, in: edit.pointee.new)
    let changed = VertexRecord(change.image(of: page), place, layout)
    unsafe changed.writeNeighbours(edit.pointee.new)
    unsafe encoder?.write(to: changed, count: edit.pointee.new.count)
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

// The codes of these edges.
extension PagedGraph {
  /// Encodes the edge of each edit, at its number, while no page is locked.
  private mutating func encodeEdges(
    _ edits: borrowing GrowableBuffer<ListEdit>, to vector: UnsafeRawPointer, level: Int
  ) {
    guard let host = unsafe prepareEncoder() else { return }
    unsafe edgeEncoder?.begin(neighbour: vector)
    for index in 0..<edits.count {
      // A vertex that has gone by now gets no edge.
      if unsafe loadVector(of: edits.vertex(index), level: level, into: host) {
        unsafe edgeEncoder?.encodeEdge(from: host, place: index)
      }
    }
  }

  /// Takes over the code of an edit's edge for the place that the added vertex has in the list.
  private mutating func takeEdge(
    _ number: Int, to added: VertexID, in list: borrowing NeighbourList
  ) {
    if encoder == nil { return }
    for place in 0..<list.count where list.ids[place] == added {
      encoder?.copy(from: number, of: edgeEncoder!, to: place)
    }
  }
}
