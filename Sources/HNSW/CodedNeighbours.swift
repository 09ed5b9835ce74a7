import CKernels
import Vectors

/// The part of a list in memory that a search by estimates reads: its neighbours once more, with the
/// factors of their codes, and the codes. A neighbour keeps its place while it is one.
@safe struct CodedNeighbours {
  private let count: Int
  private let neighbours: UnsafeMutablePointer<LanternNeighbour>
  private let codes: UnsafeMutablePointer<UInt8>
  private let codeBytes: Int

  /// Those of the list at `base`, whose shape has room for them.
  @inline(__always)
  init(_ base: UnsafeMutablePointer<UInt32>, _ shape: EdgeListShape) {
    // SAFETY: the shape's offsets lie within the list.
    unsafe neighbours = unsafe UnsafeMutableRawPointer(base + shape.neighboursOffset)
      .assumingMemoryBound(to: LanternNeighbour.self)
    unsafe codes = unsafe UnsafeMutableRawPointer(base + shape.codesOffset)
      .assumingMemoryBound(to: UInt8.self)
    codeBytes = shape.codeBytes
    // A count is one word, and never more than the degree.
    count = unsafe Int(base[EdgeListShape.countOffset])
  }

  // SAFETY: below, places are those of neighbours, of which there are no more than there is room
  // for.

  @inline(__always)
  func append(
    within limit: Float, _ tables: QueryTables, distance: Float, to batch: inout MeasureBatch
  ) {
    unsafe tables.appendNeighbours(
      neighbours, count: count, codes: codes, codeBytes: codeBytes, distance: distance,
      within: limit, to: &batch)
  }

  /// The place of a neighbour; nil where it is none.
  func place(of vertex: VertexID) -> Int? {
    for place in 0..<count where unsafe neighbours[place].vertex == vertex { return place }
    return nil
  }

  func code(at place: Int) -> EdgeCode {
    unsafe EdgeCode(code: codes + place &* codeBytes, factors: neighbours[place].factors)
  }

  func set(_ vertex: VertexID, _ edge: EdgeCode, at place: Int) {
    unsafe neighbours[place] = LanternNeighbour(vertex: vertex, factors: edge.factors)
    unsafe UnsafeMutableRawPointer(codes + place &* codeBytes)
      .copyMemory(from: edge.code, byteCount: codeBytes)
  }
}
