/// Room for a component of a vector: a float, or a word of bits.
public typealias Component = UInt32

/// Where a graph lives: memory in tests and builds, pages in the server.
///
/// A vertex is a node's presence at one level. A store may number the vertices of each level on its
/// own; `lowerVertex` leads from one to the same node's vertex a level down. A store may change
/// between two calls, as other backends write: a vertex can be gone, and every call must bear that.
///
/// A query and a decoded vector are memory of `dimensions` components; what a component is, the
/// store alone knows.
public protocol GraphStore: ~Copyable {
  /// The number of components of a vector.
  var dimensions: Int { get }

  /// Reads a vertex's neighbours; an empty list when it is gone. Cost: one page at most.
  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList)

  /// As `readNeighbours`, called once for each vertex that a search expands, with its distance.
  mutating func expand(_ candidate: Candidate, level: Int, into list: inout NeighbourList)

  /// Whether a vertex tells about how far its neighbours are from the query.
  var estimatesNeighbours: Bool { get }

  /// As `expand`, and appends to `batch` those of the neighbours that are estimated to be within
  /// `limit` of the query, with their estimates; returns the vertex's own distance, NaN when it is
  /// gone. Called only where the store estimates. Cost: one distance evaluation and one page.
  mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float

  /// Tells that a vertex is likely to be expanded soon.
  func prefetch(_ vertex: VertexID, level: Int)

  /// Measures the distances from the query to the batch's vertices, NaN for one that is
  /// gone. Cost: one distance evaluation and one page at most for each.
  mutating func measure(from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int)

  /// The same node's vertex one level down; `.none` when it is gone. `level` is at least 1.
  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID

  /// A place where a search may be cancelled; no lock is held.
  mutating func checkForInterrupts()
}

extension GraphStore where Self: ~Copyable {
  public var estimatesNeighbours: Bool { false }

  public mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float { .nan }

  public func prefetch(_ vertex: VertexID, level: Int) {}

  public mutating func expand(_ candidate: Candidate, level: Int, into list: inout NeighbourList) {
    readNeighbours(of: candidate.vertex, level: level, into: &list)
  }
}

/// A store whose graph can be changed.
public protocol EditableGraphStore: GraphStore, ~Copyable {
  /// The most neighbours of a vertex: 2m at level 0, m above.
  func capacity(level: Int) -> Int

  /// Decodes a vertex's vector; false when it is gone or being removed, and so must not be linked
  /// to.
  mutating func loadVector(
    of vertex: VertexID, level: Int, into vector: UnsafeMutableRawPointer
  ) -> Bool

  /// The distance between two decoded vectors. Cost: one distance evaluation.
  func distance(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Float

  /// The distance between a vertex, whose vector is given, and its neighbour at a position
  /// of its list; NaN when the neighbour is gone. Cost: one distance evaluation and one page at
  /// most.
  mutating func edgeLength(
    of vertex: VertexID, _ vector: UnsafeRawPointer, to position: Int,
    in list: borrowing NeighbourList, level: Int
  ) -> Float

  /// Writes the lists of several vertices that get `added`, whose vector is given, as a neighbour;
  /// or others, where that is `.none`. An edit whose list has changed meanwhile is not written; only
  /// such are left in `edits`.
  mutating func replaceNeighbours(
    _ edits: inout GrowableBuffer<ListEdit>, added: VertexID, vector: UnsafeRawPointer, level: Int)

  /// How many lists at most are worked out before they are written.
  var editsAtOnce: Int { get }

  /// Whether a change of a list costs the more, the more neighbours it moves to other places.
  var prefersShortShifts: Bool { get }
}

extension EditableGraphStore where Self: ~Copyable {
  public var editsAtOnce: Int { 1 }
  public var prefersShortShifts: Bool { false }
}

/// A list that was worked out for a vertex, to be written in the place of the one that was read.
public struct ListEdit: BitwiseCopyable {
  public let vertex: VertexID
  /// How far the added neighbour is.
  public let addedLength: Float
  public internal(set) var old = NeighbourList()
  public internal(set) var new = NeighbourList()

  init(vertex: VertexID, addedLength: Float) {
    self.vertex = vertex
    self.addedLength = addedLength
  }
}

// An edit is two kilobytes, which are not to be copied to look at it.
extension GrowableBuffer<ListEdit> {
  /// The vertex of an edit.
  public func vertex(_ index: Int) -> VertexID { unsafe memory[index].vertex }

  /// Drops the edits that are not to be kept.
  public mutating func keep(_ isKept: (UnsafePointer<ListEdit>) -> Bool) {
    var kept = 0
    for index in 0..<count where unsafe isKept(memory + index) {
      if kept < index { self[kept] = self[index] }
      kept &+= 1
    }
    truncate(to: kept)
  }
}
