import CKernels
import Vectors

/// The part of a list in memory that a search by estimates reads: its neighbours once more, in the
/// same order, with the factors of their codes, and the codes.
@safe struct CodedNeighbours {
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
  }

  // SAFETY: below, places are those of neighbours, of which there are no more than there is room
  // for.

  @inline(__always)
  func append(
    count: Int, within limit: Float, _ tables: QueryTables, distance: Float,
    to batch: inout MeasureBatch
  ) {
    unsafe tables.appendNeighbours(
      neighbours, count: count, codes: codes, codeBytes: codeBytes, distance: distance,
      within: limit, to: &batch)
  }

  func edge(at place: Int) -> (neighbour: VertexID, code: EdgeCode) {
    let neighbour = unsafe neighbours[place]
    let code = unsafe EdgeCode(code: codes + place &* codeBytes, factors: neighbour.factors)
    return (neighbour.vertex, code)
  }

  func set(_ vertex: VertexID, _ edge: EdgeCode, at place: Int) {
    unsafe neighbours[place] = LanternNeighbour(vertex: vertex, factors: edge.factors)
    unsafe UnsafeMutableRawPointer(codes + place &* codeBytes)
      .copyMemory(from: edge.code, byteCount: codeBytes)
  }

  /// Moves those between `place` and the one at `gap`, which is given up, so that `place` is free.
  func free(_ place: Int, movingInto gap: Int) {
    if gap > place {
      move(from: place, to: place &+ 1, count: gap &- place)
    } else {
      move(from: gap &+ 1, to: gap, count: place &- gap)
    }
  }

  private func move(from old: Int, to place: Int, count: Int) {
    unsafe UnsafeMutableRawPointer(neighbours + place).copyMemory(
      from: neighbours + old, byteCount: count &* MemoryLayout<LanternNeighbour>.stride)
    unsafe UnsafeMutableRawPointer(codes + place &* codeBytes).copyMemory(
      from: codes + old &* codeBytes, byteCount: count &* codeBytes)
  }
}
