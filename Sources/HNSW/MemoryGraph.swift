import Vectors

/// A graph in memory, in flat arrays of fixed capacity: what a build fills, and what the tests
/// search.
///
/// A vertex has the node's number at every level. Each node carries a 64-bit payload (a heap TID in
/// the server), and a chain of further payloads for equal vectors. The lists keep the lengths of
/// their edges beside them.
@safe public struct MemoryGraph: ~Copyable {
  /// What is known of a node beside its vector and lists.
  public struct Node: BitwiseCopyable {
    public var code: VectorCode
    public var payload: UInt64
    /// The first of its chain in `duplicates`, or `.none`.
    public var firstDuplicate: UInt32
    /// The number of its list at level 1 among the upper lists; that of level 2 follows.
    public var firstUpperList: UInt32
    public var level: Int
  }

  /// A further payload of a node, and the number of the next, or `.none`.
  public struct Duplicate: BitwiseCopyable {
    public var payload: UInt64
    public var next: UInt32
  }

  public let format: VectorFormat
  public let m: Int
  public let capacity: Int
  public internal(set) var count = 0
  public internal(set) var entry: EntryPoint?
  public var duplicates: GrowableBuffer<Duplicate>
  var upperLists: EdgeLists
  var baseLists: EdgeLists
  private let allocator: Allocator
  private let nodes: UnsafeMutablePointer<Node>
  private let vectors: UnsafeMutablePointer<UInt8>
  private let vectorStride: Int
  private let onInterrupt: @convention(c) () -> Void

  /// An empty graph with room for `capacity` nodes; memory is touched only as it fills.
  ///
  /// `onInterrupt` is called often while the graph is searched.
  public init(
    _ allocator: Allocator, format: VectorFormat, m: Int, capacity: Int,
    onInterrupt: @escaping @convention(c) () -> Void
  ) {
    self.allocator = allocator
    self.format = format
    self.m = m
    self.capacity = capacity
    self.onInterrupt = onInterrupt
    vectorStride = (format.byteCount &+ 15) & ~15
    unsafe nodes = unsafe allocator.allocate(Node.self, count: capacity)
    unsafe vectors = unsafe allocator.allocate(UInt8.self, count: capacity &* vectorStride)
    baseLists = EdgeLists(allocator, degree: 2 &* m, capacity: capacity)
    upperLists = EdgeLists(allocator, degree: m, capacity: 64)
    duplicates = GrowableBuffer(allocator)
  }

  deinit {
    unsafe allocator.free(nodes)
    unsafe allocator.free(vectors)
  }

  /// The bytes that one more node takes, with its share of the upper levels.
  public static func bytesPerNode(format: VectorFormat, m: Int) -> Int {
    MemoryLayout<Node>.stride &+ (format.byteCount &+ 15) & ~15
      &+ EdgeLists.stride(degree: 2 &* m) &+ EdgeLists.stride(degree: m) / max(m &- 1, 1)
  }

  /// The bytes that the graph has filled.
  public var byteCount: Int {
    count &* (MemoryLayout<Node>.stride &+ vectorStride &+ EdgeLists.stride(degree: 2 &* m))
      &+ upperLists.byteCount &+ duplicates.count &* MemoryLayout<Duplicate>.stride
  }

  public func node(_ vertex: VertexID) -> Node {
    assert(vertex < count)
    // SAFETY: vertices come from the graph's own lists and searches, which hold numbers below
    // `count`.
    return unsafe nodes[Int(vertex)]
  }

  /// The stored codes of a node, `format.byteCount` bytes.
  public func codes(of vertex: VertexID) -> UnsafeRawPointer {
    // SAFETY: as in `node`.
    unsafe UnsafeRawPointer(vectors + Int(vertex) &* vectorStride)
  }

  /// Adds a node without lists; the caller checks that there is room.
  mutating func append(
    codes: UnsafeRawPointer, _ code: VectorCode, payload: UInt64, level: Int
  ) -> VertexID {
    assert(count < capacity)
    let vertex = VertexID(truncatingIfNeeded: count)
    let node = Node(
      code: code, payload: payload, firstDuplicate: .none,
      firstUpperList: UInt32(truncatingIfNeeded: upperLists.count), level: level)
    // SAFETY: `count` is below the capacity of both arrays.
    unsafe (nodes + count).initialize(to: node)
    unsafe UnsafeMutableRawPointer(vectors + count &* vectorStride)
      .copyMemory(from: codes, byteCount: format.byteCount)
    baseLists.append()
    for _ in 0..<level { upperLists.append() }
    count &+= 1
    return vertex
  }

  /// Chains a further payload to a node.
  mutating func addDuplicate(_ payload: UInt64, of vertex: VertexID, residual: Float) {
    let next = unsafe nodes[Int(vertex)].firstDuplicate
    unsafe nodes[Int(vertex)].firstDuplicate = UInt32(truncatingIfNeeded: duplicates.count)
    unsafe nodes[Int(vertex)].code.residual = max(nodes[Int(vertex)].code.residual, residual)
    duplicates.append(Duplicate(payload: payload, next: next))
  }

  /// The number of lists above level 0.
  public var upperListCount: Int { upperLists.count }

  /// The number of a node's payloads beyond the first. Cost: the length of its chain.
  public func duplicateCount(of vertex: VertexID) -> Int {
    var length = 0
    var next = node(vertex).firstDuplicate
    while next != .none {
      length &+= 1
      next = duplicates[Int(next)].next
    }
    return length
  }

  /// Reads a vertex's neighbours.
  public func readList(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    if level == 0 {
      baseLists.read(Int(vertex), into: &list)
    } else {
      upperLists.read(upperList(of: vertex, level: level), into: &list)
    }
  }

  /// Writes a vertex's neighbours with the lengths of their edges.
  mutating func writeList(
    of vertex: VertexID, level: Int, _ list: borrowing NeighbourList, length: (Int) -> Float
  ) {
    if level == 0 {
      baseLists.write(Int(vertex), list, length: length)
    } else {
      upperLists.write(upperList(of: vertex, level: level), list, length: length)
    }
  }

  private func upperList(of vertex: VertexID, level: Int) -> Int {
    Int(node(vertex).firstUpperList) &+ level &- 1
  }
}

extension MemoryGraph: EditableGraphStore {
  public var dimensions: Int { format.dimensions }

  public func capacity(level: Int) -> Int { level == 0 ? 2 &* m : m }

  public mutating func readNeighbours(
    of vertex: VertexID, level: Int, into list: inout NeighbourList
  ) {
    readList(of: vertex, level: level, into: &list)
  }

  public mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    for index in 0..<batch.count {
      batch.distances[index] = unsafe distance(from: query, to: batch.ids[index])
    }
  }

  public mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID { vertex }

  public mutating func checkForInterrupts() { onInterrupt() }

  public mutating func loadVector(
    of vertex: VertexID, level: Int, into vector: UnsafeMutableRawPointer
  ) -> Bool {
    unsafe format.decode(codes(of: vertex), node(vertex).code, into: vector)
    return true
  }

  public mutating func edgeLength(
    of vertex: VertexID, _ vector: UnsafeRawPointer, to position: Int,
    in list: borrowing NeighbourList, level: Int
  ) -> Float {
    edgeLength(of: vertex, at: position, level: level)
  }

  private func edgeLength(of vertex: VertexID, at position: Int, level: Int) -> Float {
    level == 0
      ? baseLists.length(Int(vertex), position)
      : upperLists.length(upperList(of: vertex, level: level), position)
  }

  public mutating func replaceNeighbours(
    of vertex: VertexID, level: Int, _ old: borrowing NeighbourList,
    with new: borrowing NeighbourList,
    added: VertexID, addedLength: Float
  ) -> Bool {
    var lengths = InlineArray<256, Float>(repeating: 0)
    // The kept neighbours come in the same order, so each look-up begins where the last ended.
    var from = 0
    for position in 0..<new.count {
      let neighbour = new.ids[position]
      var place = from
      while place < old.count {
        if old.ids[place] == neighbour { break }
        place &+= 1
      }
      if place < old.count {
        lengths[position] = edgeLength(of: vertex, at: place, level: level)
        from = place &+ 1
      } else if neighbour == added {
        lengths[position] = addedLength
      } else {
        lengths[position] = distance(from: vertex, to: neighbour)
      }
    }
    writeList(of: vertex, level: level, new) { lengths[$0] }
    return true
  }

  /// The distance from a query to a node's stored vector.
  public func distance(from query: UnsafeRawPointer, to vertex: VertexID) -> Float {
    unsafe format.distance(from: query, to: codes(of: vertex), node(vertex).code)
  }

  public func distance(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Float {
    unsafe format.distance(a, b)
  }

  /// The distance between two nodes' stored vectors.
  func distance(from vertex: VertexID, to other: VertexID) -> Float {
    let vector = unsafe allocator.allocate(Component.self, count: format.dimensions)
    unsafe format.decode(codes(of: vertex), node(vertex).code, into: vector)
    let distance = unsafe distance(from: vector, to: other)
    unsafe allocator.free(vector)
    return distance
  }
}
