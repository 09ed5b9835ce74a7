import CPostgres
import HNSW
import Vectors

// The vector that all are relative to in neighbours' codes, on pages of its own: so many floats a
// page, one after the other.
extension IndexFile {
  private static var floatsPerPage: Int { Int(LANTERN_PAGE_ROOM) / MemoryLayout<Float>.stride }

  /// Writes an origin at the end of the file, and returns its first block.
  func writeOrigin(_ origin: borrowing GrowableBuffer<Float>) -> BlockNumber {
    var first = BlockNumber(LANTERN_NONE)
    var start = 0
    while start < origin.count {
      let page = extend()
      if start == 0 { first = page.block }
      let change = beginChange()
      let image = change.image(of: page, isNew: true)
      image.initialize(.origin)
      // SAFETY: a page has room for as many floats.
      let room = unsafe UnsafeMutableRawPointer(image.bytes) + Int(LANTERN_PAGE_START)
      for i in 0..<min(Self.floatsPerPage, origin.count &- start) {
        unsafe room.storeBytes(of: origin[start &+ i], toByteOffset: 4 &* i, as: Float.self)
      }
      change.finish()
      start &+= Self.floatsPerPage
    }
    return first
  }

  /// Reads the origin; zero where the index was built without a vector. Cost: one page for each 2,000
  /// dimensions.
  func readOrigin(_ meta: Meta, dimensions: Int) -> GrowableBuffer<Float> {
    var origin = GrowableBuffer<Float>(serverMemory, capacity: dimensions)
    var block = meta.values.origin_block
    while block != UInt32(LANTERN_NONE) && origin.count < dimensions {
      if block >= blockCount { reportCorrupted(block: block, "lies beyond the end of the index") }
      let page = unsafe page(block, .origin, .share)
      // SAFETY: as in `writeOrigin`.
      let floats = unsafe UnsafeRawPointer(page.bytes) + Int(LANTERN_PAGE_START)
      for i in 0..<min(Self.floatsPerPage, dimensions &- origin.count) {
        origin.append(unsafe floats.load(fromByteOffset: 4 &* i, as: Float.self))
      }
      block &+= 1
    }
    while origin.count < dimensions { origin.append(0) }
    return origin
  }

  /// What encodes the edges of an index; nil when nodes keep no codes.
  func edgeEncoder(_ shape: IndexShape, _ meta: Meta) -> EdgeEncoder? {
    guard let code = shape.code else { return nil }
    return EdgeEncoder(
      CentredRotation(serverMemory, code, origin: readOrigin(meta, dimensions: code.dimensions)))
  }
}
