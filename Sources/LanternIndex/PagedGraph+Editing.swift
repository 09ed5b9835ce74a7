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
    let neighbour = list.id(position)
    return withVertex(neighbour, level: level) { record in
      unsafe record.distance(from: vector)
    } ?? .nan
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
    for index in 0..<list.count { appendEdge(to: list.id(index), level: level) }
  }

  /// Encodes, for each edit, the edges to the neighbours that the old list had not: to the added
  /// vertex alone, whose vector is given, or, where that is `.none`, to any. No page is locked.
  mutating func encode(
    _ edits: borrowing GrowableBuffer<ListEdit>, added: VertexID, vector: UnsafeRawPointer,
    level: Int
  ) {
    guard let host = unsafe prepareEncoder() else { return }
    if added != .none { unsafe encoder?.begin(neighbour: vector) }
    firstCodes.removeAll()
    for index in 0..<edits.count {
      firstCodes.append(encoder?.count ?? 0)
      let isThere = unsafe loadVector(of: edits.vertex(index), level: level, into: host)
      if isThere && added == .none { unsafe encoder?.begin(host: host) }
      // SAFETY: nothing is appended meanwhile.
      let edit = unsafe edits.memory + index
      let positions = unsafe edit.pointee.old.positions(of: edit.pointee.new)
      for index in unsafe 0..<edit.pointee.new.count where positions[index] < 0 {
        let neighbour = unsafe edit.pointee.new.id(index)
        if !isThere {
          encoder?.appendGone()
        } else if neighbour == added {
          unsafe encoder?.append(from: host)
        } else {
          appendEdge(to: neighbour, level: level)
        }
      }
    }
  }

  /// Encodes the edge from the encoder's host.
  private mutating func appendEdge(to neighbour: VertexID, level: Int) {
    guard let vector = unsafe encoder?.vector.memory else { return }
    if unsafe loadVector(of: neighbour, level: level, into: vector) {
      unsafe encoder?.append(vector)
    } else {
      encoder?.appendGone()
    }
  }

  /// Empties the encoder, and returns its room for a decoded vector; nil when edges have no codes.
  mutating func prepareEncoder() -> UnsafeMutablePointer<Float>? {
    if shape.code == nil { return nil }
    if encoder == nil { encoder = file.edgeEncoder(shape, file.readMeta()) }
    encoder?.removeAll()
    return unsafe encoder?.vector.memory
  }
}
