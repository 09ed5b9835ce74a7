import CKernels

/// What FastScan looks up for one query: for each group of four rotated components and each set of
/// them, their sum, as a byte.
@safe public struct QueryTables {
  private let tables: LanternTables

  /// The tables of a rotated query, in `room`, which must outlive them and has `format.planeBytes`
  /// bytes.
  ///
  /// A table's least sum becomes 0, and the widest table's greatest 255, so that the sum over all
  /// groups stays below 2^16.
  public init(
    _ format: CodeFormat, rotated query: UnsafePointer<Float>, room: UnsafeMutablePointer<UInt8>
  ) {
    var widest: Float = 0
    var least: Float = 0
    var total: Float = 0
    for group in 0..<format.groups {
      var negative: Float = 0
      var positive: Float = 0
      for i in 0..<4 {
        // SAFETY: The caller promises `rotated` floats, and `coded` is no more.
        let component = unsafe query[4 &* group &+ i]
        // Without a branch: no processor can foresee signs.
        negative += min(component, 0)
        positive += max(component, 0)
      }
      widest = max(widest, positive - negative)
      least += negative
      total += negative + positive
    }
    let step = widest > 0 ? widest / 255 : 1
    unsafe lantern_fill_tables(query, Int32(truncatingIfNeeded: format.groups), step, room)
    // A component's code stands for the code less `centre`, and the planes weigh 2^bits - 1 in all.
    unsafe tables = LanternTables(
      tables: room, groups: Int32(truncatingIfNeeded: format.groups),
      bits: Int32(truncatingIfNeeded: format.bits), step: step,
      offset: Float((1 &<< format.bits) &- 1) * (least - total / 2))
  }

  /// Writes the estimated squared distances of a block of 32 neighbours from the query, which is at
  /// `distance` from their node, to `estimates`; bit i of the result tells whether estimate i is
  /// at most `limit`. Cost: `groups` table look-ups of 32 neighbours at once, for each bit.
  @inline(__always)
  public func estimate(
    _ block: UnsafeRawPointer, a: UnsafePointer<Float>, b: UnsafePointer<UInt16>, distance: Float,
    within limit: Float, into estimates: UnsafeMutablePointer<Float>
  ) -> UInt32 {
    // SAFETY: the caller promises a block of codes, and 32 of each else.
    unsafe withUnsafePointer(to: tables) {
      unsafe lantern_estimate(
        $0, block.assumingMemoryBound(to: UInt8.self), a, b, distance, limit, estimates)
    }
  }
}
