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

  func setCode(_ code: UnsafePointer<UInt8>, _ factors: CodeFactors, at place: Int) {
    unsafe UnsafeMutableRawPointer(neighbourCodes + place &* codeBytes)
      .copyMemory(from: code, byteCount: codeBytes)
    unsafe neighbours[place].factors = factors
  }

  func copyCode(from old: Int, to place: Int) {
    unsafe setCode(neighbourCodes + old &* codeBytes, factors(at: old), at: place)
  }

  /// Appends the neighbours that are estimated to be within `limit` of a query that is at
  /// `distance` from the vertex; false when there are more neighbours than there can be.
  @inline(__always)
  func appendNeighbours(
    within limit: Float, _ tables: QueryTables, distance: Float, to batch: inout MeasureBatch
  ) -> Bool {
    let count = Int(header.count)
    if count > layout.degree { return false }
    var estimates = InlineArray<32, Float>(repeating: 0)
    var start = 0
    while start < count {
      // SAFETY: as above; a block has 32 estimates, and behind the codes the neighbours begin.
      var span = estimates.mutableSpan
      var within = unsafe span.withUnsafeMutableBufferPointer {
        unsafe tables.estimate(
          neighbourCodes + start &* codeBytes, neighbours + start, distance: distance,
          within: limit, into: $0.baseAddress!)
      }
      if count &- start < 32 { within &= (1 &<< UInt32(truncatingIfNeeded: count &- start)) &- 1 }
      while within != 0 {
        let index = within.trailingZeroBitCount
        within &= within &- 1
        batch.append(neighbour(at: start &+ index), distance: estimates[index])
      }
      start &+= CodeFormat.blockSize
    }
    return true
  }
}
