import CKernels
import CPostgres
import HNSW
import Vectors

// The neighbours' codes, by their places.
extension VertexRecord {
  // SAFETY: in a record of a layout with codes, there is room for whole blocks of neighbours and of
  // codes; places are below the degree.

  private var neighbourCodes: UnsafeMutablePointer<UInt8> {
    unsafe (base + layout.neighbourCodesOffset).assumingMemoryBound(to: UInt8.self)
  }
  private var neighbours: UnsafeMutablePointer<LanternNeighbour> {
    unsafe (base + layout.neighboursOffset).assumingMemoryBound(to: LanternNeighbour.self)
  }

  private var codeBytes: Int { layout.code?.codeBytes ?? 0 }

  /// The factors of a neighbour's code.
  func factors(at place: Int) -> CodeFactors {
    unsafe neighbours[place].factors
  }

  func setCode(_ edge: EdgeCode, at place: Int) {
    unsafe UnsafeMutableRawPointer(neighbourCodes + place &* codeBytes)
      .copyMemory(from: edge.code, byteCount: codeBytes)
    unsafe neighbours[place].factors = edge.factors
  }

  func copyCode(from old: Int, to place: Int) {
    let code = unsafe neighbourCodes + old &* codeBytes
    unsafe setCode(EdgeCode(code: code, factors: factors(at: old)), at: place)
  }

  /// Appends the neighbours that are estimated to be within `limit` of a query that is at
  /// `distance` from the vertex; false when there are more neighbours than there can be.
  @inline(__always)
  func appendNeighbours(
    within limit: Float, _ tables: QueryTables, distance: Float, to batch: inout MeasureBatch
  ) -> Bool {
    let count = Int(header.count)
    if count > layout.degree { return false }
    // SAFETY: as above; behind the codes the neighbours begin.
    unsafe tables.appendNeighbours(
      neighbours, count: count, codes: neighbourCodes, codeBytes: codeBytes, distance: distance,
      within: limit, to: &batch)
    return true
  }
}
