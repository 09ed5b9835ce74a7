import CPostgres
import HNSW
import Vectors

/// The index's graph on its pages, as the algorithms see it.
///
/// At most one page is locked at a time, and none between two calls, so that readers and writers
/// can never wait for each other in a circle.
@safe struct PagedGraph: ~Copyable {
  let file: IndexFile
  let shape: IndexShape
  /// Made when the first edge is written.
  private var encoder: EdgeEncoder?
  /// The file's length when last looked at, so that a damaged link is an error and not a read
  /// beyond the end.
  private var blockCount: BlockNumber = 0

  init(file: IndexFile, shape: IndexShape) {
    self.file = file
    self.shape = shape
    encoder = nil
    unsafe lantern_remember_buffers(file.relation)
  }

  var dimensions: Int { shape.format.dimensions }

  /// Locks the page of a vertex and gives `body` its record; nil when the vertex is gone. Cost: one
  /// page.
  @inline(__always)
  mutating func withVertex<Result>(
    _ vertex: VertexID, level: Int, _ body: (VertexRecord) -> Result
  ) -> Result? {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    checkBlock(id.block, of: vertex, level: level)
    let page = unsafe file.page(id.block, level == 0 ? .nodes : .upper, .share)
    let record = VertexRecord(page, id.place, layout)
    if record.isFree || (level > 0 && Int(record.header.level) != level) { return nil }
    return body(record)
  }

  /// How many vertices ahead a vector is prefetched.
  private static var prefetchDistance: Int { 3 }

  /// Asks the processor for the vector of a vertex that is about to be measured.
  @inline(__always)
  private func prefetchVector(_ vertex: VertexID, level: Int) {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    let offset = Int(LANTERN_PAGE_START) &+ id.place &* layout.size
    unsafe lantern_prefetch(
      file.relation, id.block, offset, min(layout.idsOffset, Self.prefetchedBytes))
  }

  /// Asks the processor for a record that is about to be read as a whole.
  @inline(__always)
  func prefetch(_ vertex: VertexID, level: Int) {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    let offset = Int(LANTERN_PAGE_START) &+ id.place &* layout.size
    unsafe lantern_prefetch(file.relation, id.block, offset, min(layout.size, 2048))
  }

  /// As much of a vector as the processor does not foresee; it goes on by itself.
  private static var prefetchedBytes: Int { 512 }

  /// Raises an error when a link leads beyond the file.
  mutating func checkBlock(_ block: BlockNumber, of vertex: VertexID, level: Int) {
    if block >= blockCount {
      blockCount = file.blockCount
      if block >= blockCount {
        file.reportCorrupted(vertex: vertex, level: level, "lies beyond the end of the index")
      }
    }
  }

  func reportLongList(of vertex: VertexID, level: Int) -> Never {
    file.reportCorrupted(vertex: vertex, level: level, "has more neighbours than it can")
  }
}

extension PagedGraph: EditableGraphStore {
  func capacity(level: Int) -> Int { shape.layout(level: level).degree }

  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    list.removeAll()
    var isValid = true
    _ = withVertex(vertex, level: level) { record in
      isValid = record.readNeighbours(into: &list)
    }
    if !isValid { reportLongList(of: vertex, level: level) }
  }

  mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    for index in 0..<min(batch.count, Self.prefetchDistance) {
      prefetchVector(batch.ids[index], level: level)
    }
    for index in 0..<batch.count {
      if index &+ Self.prefetchDistance < batch.count {
        prefetchVector(batch.ids[index &+ Self.prefetchDistance], level: level)
      }
      batch.distances[index] =
        withVertex(batch.ids[index], level: level) { record in
          unsafe record.distance(from: query)
        } ?? .nan
    }
  }

  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID {
    withVertex(vertex, level: level) { $0.header.lower } ?? .none
  }

  mutating func checkForInterrupts() { lantern_check_for_interrupts() }

  mutating func loadVector(
    of vertex: VertexID, level: Int, into vector: UnsafeMutableRawPointer
  ) -> Bool {
    let format = shape.format
    return withVertex(vertex, level: level) { record in
      if !record.isLive { return false }
      unsafe format.decode(record.codes, record.code, into: vector)
      return true
    } ?? false
  }

  func distance(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Float {
    unsafe shape.format.distance(a, b)
  }

  mutating func edgeLength(
    of vertex: VertexID, _ vector: UnsafeRawPointer, to position: Int,
    in list: borrowing NeighbourList, level: Int
  ) -> Float {
    let neighbour = list.ids[position]
    return withVertex(neighbour, level: level) { record in
      unsafe record.distance(from: vector)
    } ?? .nan
  }

  mutating func replaceNeighbours(
    of vertex: VertexID, level: Int, _ old: borrowing NeighbourList,
    with new: borrowing NeighbourList,
    added: VertexID, addedLength: Float
  ) -> Bool {
    if !encodeAdded(to: vertex, level: level, old, new) { return true }
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    let page = unsafe file.page(id.block, level == 0 ? .nodes : .upper, .exclusive)
    var current = NeighbourList()
    let record = VertexRecord(page, id.place, layout)
    // A vertex that has gone, or whose place another has taken, needs no edge any more.
    if !record.isLive || (level > 0 && Int(record.header.level) != level) { return true }
    if !record.readNeighbours(into: &current) { return false }
    if !(current == old) { return false }
    copyKept(from: record, old, new)
    let change = file.beginChange()
    let changed = VertexRecord(change.image(of: page), id.place, layout)
    changed.writeNeighbours(new)
    encoder?.write(to: changed, count: new.count)
    change.finish()
    return true
  }
}

// The neighbours' codes.
extension PagedGraph {
  /// Encodes all neighbours of a vertex that is about to be written, whose stored vector is given.
  /// Cost: one page for each.
  mutating func encode(
    _ list: borrowing NeighbourList, of codes: UnsafeRawPointer, _ code: VectorCode, level: Int
  ) {
    guard let vector = unsafe prepareEncoder() else { return }
    // SAFETY: there is room for one vector's components.
    unsafe shape.format.decode(codes, code, into: vector)
    unsafe encoder?.begin(host: vector)
    for place in 0..<list.count {
      unsafe encode(list.ids[place], level: level, place: place, vector)
    }
  }

  /// Writes the codes of what was encoded last.
  func writeCodes(to record: VertexRecord, count: Int) {
    encoder?.write(to: record, count: count)
  }

  /// Encodes the neighbours that a list has and its predecessor had not; false when the vertex is
  /// gone.
  private mutating func encodeAdded(
    to vertex: VertexID, level: Int, _ old: borrowing NeighbourList,
    _ new: borrowing NeighbourList
  ) -> Bool {
    guard let vector = unsafe prepareEncoder() else { return true }
    guard unsafe loadVector(of: vertex, level: level, into: vector) else { return false }
    unsafe encoder?.begin(host: vector)
    for place in 0..<new.count where !old.contains(new.ids[place]) {
      unsafe encode(new.ids[place], level: level, place: place, vector)
    }
    return true
  }

  private mutating func encode(
    _ neighbour: VertexID, level: Int, place: Int, _ vector: UnsafeMutablePointer<Float>
  ) {
    if unsafe loadVector(of: neighbour, level: level, into: vector) {
      unsafe encoder?.encode(vector, place: place)
    } else {
      encoder?.encodeGone(place: place)
    }
  }

  /// Takes over the codes of the neighbours that stay, from the record with the old list.
  private mutating func copyKept(
    from record: VertexRecord, _ old: borrowing NeighbourList, _ new: borrowing NeighbourList
  ) {
    if encoder == nil { return }
    for place in 0..<new.count {
      for from in 0..<old.count where old.ids[from] == new.ids[place] {
        encoder?.copy(from: from, of: record, to: place)
        break
      }
    }
  }

  /// Room for a decoded vector, when edges have codes; nil when they have none.
  private mutating func prepareEncoder() -> UnsafeMutablePointer<Float>? {
    if shape.code == nil { return nil }
    if encoder == nil { encoder = file.edgeEncoder(shape, file.readMeta()) }
    return unsafe encoder?.vector.memory
  }
}
