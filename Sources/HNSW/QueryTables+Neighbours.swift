import CKernels
import Vectors

extension QueryTables {
  /// Appends those of `count` neighbours that are estimated to be within `limit` of the query, which
  /// is at `distance` from their node. Cost: the table look-ups for as many, rounded up to 32.
  @inline(__always)
  public func appendNeighbours(
    _ neighbours: UnsafePointer<LanternNeighbour>, count: Int, codes: UnsafePointer<UInt8>,
    codeBytes: Int, distance: Float, within limit: Float, to batch: inout MeasureBatch
  ) {
    var estimates = InlineArray<32, Float>(repeating: 0)
    var start = 0
    while start < count {
      var span = estimates.mutableSpan
      // SAFETY: the caller has room for whole blocks of neighbours and of codes, and 15 bytes behind;
      // a block has 32 estimates.
      var within = unsafe span.withUnsafeMutableBufferPointer {
        unsafe estimate(
          codes + start &* codeBytes, neighbours + start, distance: distance, within: limit,
          into: $0.baseAddress!)
      }
      if count &- start < 32 { within &= (1 &<< UInt32(truncatingIfNeeded: count &- start)) &- 1 }
      while within != 0 {
        let index = within.trailingZeroBitCount
        within &= within &- 1
        batch.append(unsafe neighbours[start &+ index].vertex, distance: estimates[index])
      }
      start &+= CodeFormat.blockSize
    }
  }
}
