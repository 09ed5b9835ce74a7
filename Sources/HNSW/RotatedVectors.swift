import CKernels
import Vectors

/// The rotated vectors of a graph's nodes, kept while their room is not needed for another's.
///
/// To rotate a vector costs more than to encode an edge, and each is the neighbour of many that are
/// inserted or written one after the other.
@safe public struct RotatedVectors: ~Copyable {
  public var rotation: CentredRotation
  private var decoded: GrowableBuffer<Float>
  private var rotated: GrowableBuffer<Float>
  /// Which node's vector each place has.
  private var owners: GrowableBuffer<VertexID>
  private let mask: Int

  /// The least room for them: about what stays in the processor's cache.
  public static var leastBytes: Int { 8 << 20 }

  /// Room for so many bytes of vectors, but at most `count` of them.
  public init(
    _ allocator: Allocator, _ rotation: consuming CentredRotation, count: Int, bytes: Int
  ) {
    let format = rotation.format
    var places = 256
    let room = max(bytes, Self.leastBytes) / MemoryLayout<Float>.stride / format.rotated
    while places < count && places &* 2 <= room { places &*= 2 }
    mask = places &- 1
    decoded = GrowableBuffer(allocator, capacity: format.dimensions)
    rotated = GrowableBuffer(allocator, capacity: places &* format.rotated)
    owners = GrowableBuffer(allocator, capacity: places)
    for _ in 0..<places { owners.append(.none) }
    self.rotation = rotation
  }

  /// As much of a vector as the processor does not foresee; it goes on by itself.
  private static var prefetchedBytes: Int { 512 }

  /// Begins to fetch a node's rotated vector, if it is there.
  @inline(__always)
  func prefetch(numbered number: UInt32) {
    unsafe lantern_prefetch_bytes(
      rotated.memory + (Int(number) & mask) &* rotation.format.rotated,
      Int32(
        truncatingIfNeeded: min(
          rotation.format.rotated &* MemoryLayout<Float>.stride, Self.prefetchedBytes)))
  }

  /// A node's vector, rotated; valid until the next is asked for. Nodes whose numbers, in whatever
  /// order the caller visits them, are near each other keep each their room.
  @inline(__always)
  public mutating func vector(
    of vertex: VertexID, numbered number: UInt32, _ stored: StoredVector
  ) -> UnsafePointer<Float> {
    let place = Int(number) & mask
    // SAFETY: there is room for a vector at each place.
    let room = unsafe rotated.memory + place &* rotation.format.rotated
    if owners[place] != vertex {
      owners[place] = vertex
      unsafe stored.format.decode(stored.codes, stored.code, into: decoded.memory)
      unsafe rotation.rotate(decoded.memory, into: room)
    }
    return unsafe UnsafePointer(room)
  }
}
