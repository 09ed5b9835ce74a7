import Vectors

/// Where the parts of a graph lie in the memory of a `MemoryGraph`, and how much it takes: flat
/// arrays of fixed capacity, so that processes that map the memory at different addresses can share
/// it.
public struct GraphLayout: Sendable {
  public let format: VectorFormat
  public let m: Int
  /// The codes that nodes keep of their neighbours, if any. Only a builder changes such a graph.
  public let code: CodeFormat?
  /// The most nodes, and further payloads.
  public let capacity: Int
  /// The most lists above level 0.
  let upperCapacity: Int
  let vectorStride: Int
  let nodesOffset: Int
  let duplicatesOffset: Int
  let baseListsOffset: Int
  let upperListsOffset: Int
  let vectorsOffset: Int
  /// The bytes of the whole.
  public let byteCount: Int

  public init(format: VectorFormat, m: Int, code: CodeFormat? = nil, capacity: Int) {
    self.format = format
    self.m = m
    self.code = code
    self.capacity = capacity
    upperCapacity = Self.upperCapacity(capacity, m: m)
    vectorStride = Self.vectorStride(format)
    nodesOffset = 64
    duplicatesOffset = Self.end(nodesOffset, capacity &* MemoryLayout<MemoryGraph.Node>.stride)
    baseListsOffset = Self.end(
      duplicatesOffset, capacity &* MemoryLayout<MemoryGraph.Duplicate>.stride)
    upperListsOffset = Self.end(
      baseListsOffset, capacity &* EdgeListShape(degree: 2 &* m, code: code).byteCount)
    vectorsOffset = Self.end(
      upperListsOffset, upperCapacity &* EdgeListShape(degree: m, code: code).byteCount)
    byteCount = Self.end(vectorsOffset, capacity &* vectorStride)
  }

  /// The layout with the largest capacity up to `nodes` that takes at most `bytes`, but at least
  /// one node.
  public init(format: VectorFormat, m: Int, code: CodeFormat? = nil, nodes: Int, bytes: Int) {
    let perNode = Self.bytesPerNode(format: format, m: m, code: code)
    var capacity = max(min(nodes, bytes / perNode), 1)
    // The rest is what the upper lists may take beyond their mean.
    while capacity > 1,
      GraphLayout(format: format, m: m, code: code, capacity: capacity).byteCount > bytes
    {
      capacity = capacity &- capacity / 64 &- 1
    }
    self.init(format: format, m: m, code: code, capacity: capacity)
  }

  /// The bytes that one more node takes, with its share of the upper levels.
  public static func bytesPerNode(format: VectorFormat, m: Int, code: CodeFormat? = nil) -> Int {
    MemoryLayout<MemoryGraph.Node>.stride &+ MemoryLayout<MemoryGraph.Duplicate>.stride
      &+ vectorStride(format) &+ EdgeListShape(degree: 2 &* m, code: code).byteCount
      &+ EdgeListShape(degree: m, code: code).byteCount / max(m &- 1, 1)
  }

  /// Levels are drawn, so there may be more upper lists than one for each m - 1 nodes: a fifth and
  /// some more is beyond what chance does. Were there no more room, a node would get a lower level.
  private static func upperCapacity(_ capacity: Int, m: Int) -> Int {
    let mean = capacity / max(m &- 1, 1)
    return mean &+ mean / 5 &+ 64
  }

  private static func vectorStride(_ format: VectorFormat) -> Int {
    (vectorHeader &+ format.byteCount &+ 15) & ~15
  }

  /// The room for what is kept beside a vector's codes, before them.
  static var vectorHeader: Int { 16 }

  /// The end of so many bytes, rounded up to a line of the processor's cache.
  private static func end(_ start: Int, _ bytes: Int) -> Int { (start &+ bytes &+ 63) & ~63 }
}
