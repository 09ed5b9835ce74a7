/// The vertices a search has measured or estimated, with their distances: an open-addressing table.
struct VisitedTable: ~Copyable {
  private var slots: GrowableBuffer<UInt64>
  private var mask: Int
  private var used = 0
  private let allocator: Allocator

  private static var empty: UInt64 { .max }

  init(_ allocator: Allocator, expected: Int) {
    self.allocator = allocator
    var size = 256
    while size < expected &* 2 { size &*= 2 }
    slots = GrowableBuffer(allocator, capacity: size)
    for _ in 0..<size { slots.append(Self.empty) }
    mask = size &- 1
  }

  /// Forgets all, and makes ready for about as many as are expected: what is cleared is cleared for
  /// every search.
  mutating func removeAll(expected: Int) {
    var size = 256
    while size < expected &* 2 && size < slots.count { size &*= 2 }
    mask = size &- 1
    for index in 0..<size { slots[index] = Self.empty }
    used = 0
  }

  /// Records the estimated distance of a vertex that is not expanded, and returns the estimate
  /// known before, NaN where there was none; nil when that was as low, or the vertex is expanded.
  @inline(__always)
  mutating func improve(_ vertex: VertexID, to estimate: Float) -> Float? {
    if used &* 2 > mask { grow() }
    let index = position(of: vertex)
    var known = Float.nan
    if slots[index] == Self.empty {
      used &+= 1
    } else {
      known = Float(bitPattern: UInt32(truncatingIfNeeded: slots[index]))
      if !(estimate < known) { return nil }
    }
    slots[index] = UInt64(vertex) << 32 | UInt64(estimate.bitPattern)
    return known
  }

  /// Records that a vertex whose estimate is known is expanded, and its distance, or NaN: by the
  /// sign, which no estimate is below.
  @inline(__always)
  mutating func expand(_ vertex: VertexID, distance: Float) {
    slots[position(of: vertex)] = UInt64(vertex) << 32 | UInt64((-distance).bitPattern)
  }

  /// The distance of a vertex that was expanded in a search by estimates; nil of another, or one
  /// that is gone.
  func expandedDistance(of vertex: VertexID) -> Float? {
    let slot = slots[position(of: vertex)]
    let distance = Float(bitPattern: UInt32(truncatingIfNeeded: slot))
    return slot == Self.empty || distance.isNaN || distance.sign == .plus ? nil : -distance
  }

  /// Records a vertex, without a distance yet; false when it was there already.
  @inline(__always)
  mutating func insert(_ vertex: VertexID) -> Bool {
    if used &* 2 > mask { grow() }
    let index = position(of: vertex)
    if slots[index] != Self.empty { return false }
    slots[index] = UInt64(vertex) << 32 | UInt64(Float.nan.bitPattern)
    used &+= 1
    return true
  }

  /// Records the neighbours, and appends those that were not there to the batch.
  mutating func insert(
    _ list: borrowing NeighbourList, appendingNewTo batch: inout MeasureBatch
  ) {
    for index in 0..<list.count where insert(list.id(index)) { batch.append(list.id(index)) }
  }

  @inline(__always)
  mutating func setDistance(_ distance: Float, of vertex: VertexID) {
    slots[position(of: vertex)] = UInt64(vertex) << 32 | UInt64(distance.bitPattern)
  }

  /// The distance measured to a vertex; nil when it was not measured, or is gone.
  func distance(of vertex: VertexID) -> Float? {
    let slot = slots[position(of: vertex)]
    if slot == Self.empty { return nil }
    let distance = Float(bitPattern: UInt32(truncatingIfNeeded: slot))
    return distance.isNaN ? nil : distance
  }

  @inline(__always)
  private func position(of vertex: VertexID) -> Int {
    // Fibonacci hashing: neighbouring numbers, which share pages, spread over the table.
    var index = Int(truncatingIfNeeded: (UInt64(vertex) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    while slots[index] != Self.empty && UInt32(truncatingIfNeeded: slots[index] >> 32) != vertex {
      index = (index &+ 1) & mask
    }
    return index
  }

  private mutating func grow() {
    var larger = VisitedTable(allocator, expected: mask &+ 1)
    for index in 0...mask where slots[index] != Self.empty {
      let vertex = VertexID(truncatingIfNeeded: slots[index] >> 32)
      larger.slots[larger.position(of: vertex)] = slots[index]
    }
    larger.used = used
    self = larger
  }
}
