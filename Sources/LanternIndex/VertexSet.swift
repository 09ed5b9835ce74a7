import HNSW

/// A set of vertices of one numbering: one bit each.
struct VertexSet: ~Copyable {
  private var words = GrowableBuffer<UInt64>(serverMemory)
  private(set) var isEmpty = true

  mutating func insert(_ vertex: VertexID) {
    let word = Int(vertex >> 6)
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(vertex & 63)
    isEmpty = false
  }

  /// Above all of them.
  var limit: VertexID { VertexID(truncatingIfNeeded: words.count &* 64) }

  func contains(_ vertex: VertexID) -> Bool {
    let word = Int(vertex >> 6)
    return word < words.count && words[word] >> UInt64(vertex & 63) & 1 != 0
  }
}
