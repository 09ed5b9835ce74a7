import CPostgres
import HNSW
import Vectors

// The mean of a build's vectors, on pages of its own: so many floats a page, one after the other.
extension IndexFile {
  private static var floatsPerPage: Int { Int(LANTERN_PAGE_ROOM) / MemoryLayout<Float>.stride }

  /// Writes a mean at the end of the file, and returns its first block.
  func writeMean(_ mean: borrowing GrowableBuffer<Float>) -> BlockNumber {
    var first = BlockNumber(LANTERN_NONE)
    var start = 0
    while start < mean.count {
      let page = extend()
      if start == 0 { first = page.block }
      let change = beginChange()
      let image = change.image(of: page, isNew: true)
      image.initialize(.mean)
      // SAFETY: a page has room for as many floats.
      let room = unsafe UnsafeMutableRawPointer(image.bytes) + Int(LANTERN_PAGE_START)
      for i in 0..<min(Self.floatsPerPage, mean.count &- start) {
        unsafe room.storeBytes(of: mean[start &+ i], toByteOffset: 4 &* i, as: Float.self)
      }
      change.finish()
      start &+= Self.floatsPerPage
    }
    return first
  }

  /// Reads the mean; zero where the index was built without a vector. Cost: one page for each 2,000
  /// dimensions.
  func readMean(_ meta: Meta, dimensions: Int) -> GrowableBuffer<Float> {
    var mean = GrowableBuffer<Float>(serverMemory, capacity: dimensions)
    var block = meta.values.mean_block
    while block != UInt32(LANTERN_NONE) && mean.count < dimensions {
      if block >= blockCount { reportCorrupted(block: block, "lies beyond the end of the index") }
      let page = unsafe page(block, .mean, .share)
      // SAFETY: as in `writeMean`.
      let floats = unsafe UnsafeRawPointer(page.bytes) + Int(LANTERN_PAGE_START)
      for i in 0..<min(Self.floatsPerPage, dimensions &- mean.count) {
        mean.append(unsafe floats.load(fromByteOffset: 4 &* i, as: Float.self))
      }
      block &+= 1
    }
    while mean.count < dimensions { mean.append(0) }
    return mean
  }

  /// What encodes the edges of an index; nil when nodes keep no codes.
  func edgeEncoder(_ shape: IndexShape, _ meta: Meta) -> EdgeEncoder? {
    guard let code = shape.code else { return nil }
    return EdgeEncoder(code, mean: readMean(meta, dimensions: code.dimensions))
  }
}
