import CKernels

/// What FastScan looks up for one query: for each group of four bits of a code and each set of
/// them, the sum of what they stand for, as a byte.
@safe public struct QueryTables {
  private let tables: LanternTables

  /// The tables of a rotated query, in `room`, which must outlive them and has `format.tableBytes`
  /// bytes; `summands` has room for a float for each bit of a code.
  ///
  /// A table's least sum becomes 0, and the widest table's greatest 255.
  public init(
    _ format: CodeFormat, rotated query: UnsafePointer<Float>,
    summands: UnsafeMutablePointer<Float>, room: UnsafeMutablePointer<UInt8>
  ) {
    for bit in 0..<(4 &* format.groups) {
      let weight = Float(1 &<< (bit % format.bits))
      // SAFETY: The caller promises `rotated` floats, `coded` is no more, and there is room.
      unsafe summands[bit] = query[bit / format.bits] * weight
    }
    var widest: Float = 0
    var least: Float = 0
    var total: Float = 0
    for group in 0..<format.groups {
      var negative: Float = 0
      var positive: Float = 0
      for i in 0..<4 {
        // SAFETY: as above.
        let summand = unsafe summands[4 &* group &+ i]
        // Without a branch: no processor can foresee signs.
        negative += min(summand, 0)
        positive += max(summand, 0)
      }
      widest = max(widest, positive - negative)
      least += negative
      total += negative + positive
    }
    let step = widest > 0 ? widest / 255 : 1
    let groups = Int32(truncatingIfNeeded: format.groups)
    unsafe lantern_fill_tables(summands, groups, step, room)
    for i in (16 &* format.groups)..<format.tableBytes { unsafe room[i] = 0 }
    // A component's code stands for the code less half of the greatest.
    unsafe tables = LanternTables(
      tables: room, groups: groups, step: step, offset: least - total / 2)
  }

  /// Writes the estimated squared distances of a block of 32 neighbours from the query, which is at
  /// `distance` from their node, to `estimates`; bit i of the result tells whether estimate i is
  /// at most `limit`. Cost: `groups` table look-ups of 32 neighbours at once.
  @inline(__always)
  public func estimate(
    _ codes: UnsafeRawPointer, _ neighbours: UnsafePointer<LanternNeighbour>, distance: Float,
    within limit: Float, into estimates: UnsafeMutablePointer<Float>
  ) -> UInt32 {
    // SAFETY: the caller promises 32 neighbours, their codes, 15 bytes behind these, and room.
    unsafe withUnsafePointer(to: tables) {
      unsafe lantern_estimate(
        $0, codes.assumingMemoryBound(to: UInt8.self), neighbours, distance, limit, estimates)
    }
  }
}
