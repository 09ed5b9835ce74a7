import CPostgres
import HNSW
import Vectors

extension PagedGraph: EditableGraphStore {
  func capacity(level: Int) -> Int { shape.layout(level: level).degree }

  /// All of a new vertex's edges back are written together, page by page.
  var editsAtOnce: Int { NeighbourList.maximumCapacity }
  /// What moves is logged.
  var prefersShortShifts: Bool { true }

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
    let record = VertexRecord(page, id.place, layout)
    switch record.state(of: old, level: level) {
    case .gone: return true
    case .changed: return false
    case .same: break
    }
    copyKept(from: record, old, new)
    takeAdded(old, new)
    let change = file.beginChange()
    let changed = VertexRecord(change.image(of: page), id.place, layout)
    changed.writeNeighbours(new)
    encoder?.write(to: changed, count: new.count)
    change.finish()
    return true
  }
}

extension VertexRecord {
  /// What has become of a vertex since its list was read.
  enum Since {
    case same
    case changed
    /// It needs no edge any more, or another has taken its place.
    case gone
  }

  func state(of old: borrowing NeighbourList, level: Int) -> Since {
    if !isLive || (level > 0 && Int(header.level) != level) { return .gone }
    return hasNeighbours(old) ? .same : .changed
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
      if unsafe loadVector(of: list.ids[place], level: level, into: vector) {
        unsafe encoder?.encode(vector, place: place)
      } else {
        encoder?.encodeGone(place: place)
      }
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
    unsafe edgeEncoder?.begin(host: vector)
    for place in 0..<new.count where !old.contains(new.ids[place]) {
      if unsafe loadVector(of: new.ids[place], level: level, into: vector) {
        unsafe edgeEncoder?.encode(vector, place: place)
      } else {
        edgeEncoder?.encodeGone(place: place)
      }
    }
    return true
  }

  /// Takes over the codes of what was encoded as added.
  private mutating func takeAdded(_ old: borrowing NeighbourList, _ new: borrowing NeighbourList) {
    if encoder == nil { return }
    for place in 0..<new.count where !old.contains(new.ids[place]) {
      encoder?.copy(from: place, of: edgeEncoder!, to: place)
    }
  }

  /// Takes over the codes of the neighbours that stay, from the record with the old list.
  mutating func copyKept(
    from record: VertexRecord, _ old: borrowing NeighbourList, _ new: borrowing NeighbourList
  ) {
    if encoder == nil { return }
    encoder?.begin(copyOf: record)
    // Those that stay come in the same order, so a look-up begins where the last ended.
    var next = 0
    for place in 0..<new.count {
      var from = next
      while from < old.count {
        if old.ids[from] == new.ids[place] { break }
        from &+= 1
      }
      if from == old.count { continue }
      next = from &+ 1
      if from != place { encoder?.copy(from: from, of: record, to: place) }
    }
  }

  /// Room for a decoded vector, when edges have codes; nil when they have none.
  mutating func prepareEncoder() -> UnsafeMutablePointer<Float>? {
    if shape.code == nil { return nil }
    if encoder == nil {
      let meta = file.readMeta()
      encoder = file.edgeEncoder(shape, meta)
      edgeEncoder = file.edgeEncoder(shape, meta)
    }
    return unsafe encoder?.vector.memory
  }
}
