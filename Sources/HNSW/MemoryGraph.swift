import CKernels
import Vectors

/// A graph in memory, in flat arrays of fixed capacity: what a build fills, and what the tests
/// search.
///
/// A vertex has the node's number at every level. Each node carries a 64-bit payload (a heap TID in
/// the server), and a chain of further payloads for equal vectors. The lists keep the lengths of
/// their edges beside them.
///
/// Several participants, processes or threads, may fill one graph, each through a value of its own.
/// Nodes are only ever added, and one is complete before a list or the entry point names it, so its
/// vector is read without a lock. Lists have versions (`EdgeLists`); all else is single words.
@safe public struct MemoryGraph: ~Copyable {
  /// What is known of a node beside its vector and lists.
  public struct Node: BitwiseCopyable {
    public var payload: UInt64
    /// The first of its chain of duplicates, or `.none`.
    public var firstDuplicate: UInt32
    /// The number of its list at level 1 among the upper lists; that of level 2 follows.
    public var firstUpperList: UInt32
    public var level: Int32
  }

  /// A further payload of a node, and the number of the next, or `.none`.
  public struct Duplicate: BitwiseCopyable {
    public var payload: UInt64
    public var next: UInt32
  }

  public let layout: GraphLayout
  let allocator: Allocator
  /// What the graph has allocated for itself; nil when the memory is the caller's.
  private let owned: UnsafeMutableRawPointer?
  /// The words that begin the memory: see `Head`.
  private let head: UnsafeMutablePointer<UInt64>
  private let nodes: UnsafeMutablePointer<Node>
  private let duplicates: UnsafeMutablePointer<Duplicate>
  private let vectors: UnsafeMutablePointer<UInt8>
  private let baseLists: EdgeLists
  private let upperLists: EdgeLists
  private let onInterrupt: @convention(c) () -> Void
  /// The list that is being changed.
  var edited: EdgeList
  /// What codes the edges, and estimates by codes; nil where there are none, and before the first is
  /// needed.
  var coder: GraphCoder?
  /// The query that `estimate` was given, and what is looked up for it.
  var query: UnsafeRawPointer?
  var tables: QueryTables?
  /// The edge encoded last.
  var encoded: EdgeCode?
  let codingBytes: Int

  private enum Head {
    /// The nodes, and above 32 bits the upper lists: both are taken together, so that the lists are
    /// in the order of their nodes.
    static var counts: Int { 0 }
    /// The entry point's vertex, and above 32 bits its level and 1; 0 without one.
    static var entry: Int { 1 }
    static var duplicates: Int { 2 }
    /// 1 while somebody adds the first node.
    static var isBeginning: Int { 3 }
    /// The nodes, and those that room was claimed for.
    static var claims: Int { 4 }
  }

  /// An empty graph in memory of its own, which is touched only as it fills.
  ///
  /// `onInterrupt` is called often while the graph is searched.
  public init(
    _ allocator: Allocator, _ layout: GraphLayout, codingBytes: Int = 0,
    onInterrupt: @escaping @convention(c) () -> Void
  ) {
    // The allocator knows no alignment beyond a word's.
    let owned = unsafe allocator.allocate(UInt8.self, count: layout.byteCount &+ 63)
    let start = unsafe UnsafeMutableRawPointer(
      bitPattern: (UInt(bitPattern: owned) &+ 63) & ~63)!
    unsafe self.init(
      allocator, layout, memory: start, owned: UnsafeMutableRawPointer(owned),
      codingBytes: codingBytes, onInterrupt: onInterrupt)
    clear()
  }

  /// A participant's view of a graph in shared memory, of `layout.byteCount` bytes at a multiple of
  /// 64; one participant calls `clear` before any other looks.
  public init(
    _ allocator: Allocator, _ layout: GraphLayout, sharing memory: UnsafeMutableRawPointer,
    codingBytes: Int = 0, onInterrupt: @escaping @convention(c) () -> Void
  ) {
    unsafe self.init(
      allocator, layout, memory: memory, owned: nil, codingBytes: codingBytes,
      onInterrupt: onInterrupt)
  }

  private init(
    _ allocator: Allocator, _ layout: GraphLayout, memory: UnsafeMutableRawPointer,
    owned: UnsafeMutableRawPointer?, codingBytes: Int,
    onInterrupt: @escaping @convention(c) () -> Void
  ) {
    self.layout = layout
    self.allocator = allocator
    unsafe self.owned = unsafe owned
    self.onInterrupt = onInterrupt
    // SAFETY: the layout's offsets lie within the memory, at multiples of 64.
    unsafe head = unsafe memory.assumingMemoryBound(to: UInt64.self)
    unsafe nodes = unsafe (memory + layout.nodesOffset).assumingMemoryBound(to: Node.self)
    unsafe duplicates = unsafe (memory + layout.duplicatesOffset)
      .assumingMemoryBound(to: Duplicate.self)
    unsafe vectors = unsafe (memory + layout.vectorsOffset).assumingMemoryBound(to: UInt8.self)
    baseLists = unsafe EdgeLists(
      memory + layout.baseListsOffset, EdgeListShape(degree: 2 &* layout.m, code: layout.code))
    upperLists = unsafe EdgeLists(
      memory + layout.upperListsOffset, EdgeListShape(degree: layout.m, code: layout.code))
    edited = EdgeList(allocator, degree: 2 &* layout.m)
    coder = nil
    unsafe query = nil
    tables = nil
    encoded = nil
    self.codingBytes = codingBytes
  }

  deinit { if let owned = unsafe owned { unsafe allocator.freeBytes(owned) } }

  /// Makes the graph empty.
  public func clear() { unsafe head.update(repeating: 0, count: 8) }

  public var format: VectorFormat { layout.format }
  public var m: Int { layout.m }
  public var capacity: Int { layout.capacity }

  /// The number of nodes.
  public var count: Int {
    Int(truncatingIfNeeded: unsafe lantern_load(head + Head.counts) & 0xFFFF_FFFF)
  }
  /// The number of lists above level 0.
  public var upperListCount: Int {
    Int(truncatingIfNeeded: unsafe lantern_load(head + Head.counts) >> 32)
  }
  /// The number of payloads beyond each node's first.
  public var duplicateCount: Int {
    Int(truncatingIfNeeded: unsafe lantern_load(head + Head.duplicates))
  }

  public var entry: EntryPoint? {
    let word = unsafe lantern_load(head + Head.entry)
    if word == 0 { return nil }
    return EntryPoint(
      vertex: VertexID(truncatingIfNeeded: word), level: Int(truncatingIfNeeded: word >> 32) &- 1)
  }

  /// Makes a vertex the entry point unless there is one as high.
  func raiseEntry(to vertex: VertexID, level: Int) {
    while true {
      let seen = unsafe lantern_load(head + Head.entry)
      if Int(truncatingIfNeeded: seen >> 32) > level { return }
      let word = UInt64(truncatingIfNeeded: level &+ 1) << 32 | UInt64(vertex)
      if unsafe lantern_replace(head + Head.entry, seen, word) { return }
    }
  }

  public func node(_ vertex: VertexID) -> Node {
    assert(vertex < count)
    // SAFETY: vertices come from the graph's own lists and searches, which hold numbers below
    // `count`.
    return unsafe nodes[Int(vertex)]
  }

  /// The stored codes of a node, `format.byteCount` bytes.
  @inline(__always)
  public func codes(of vertex: VertexID) -> UnsafeRawPointer {
    // SAFETY: as in `node`.
    unsafe UnsafeRawPointer(
      vectors + Int(vertex) &* layout.vectorStride + GraphLayout.vectorHeader)
  }

  /// What is kept beside them: just before, as both are read together.
  @inline(__always)
  public func code(of vertex: VertexID) -> VectorCode { unsafe storedCode(of: vertex).pointee }

  @inline(__always)
  private func storedCode(of vertex: VertexID) -> UnsafeMutablePointer<VectorCode> {
    // SAFETY: as in `node`.
    unsafe UnsafeMutableRawPointer(vectors + Int(vertex) &* layout.vectorStride)
      .assumingMemoryBound(to: VectorCode.self)
  }

  /// How many vectors ahead one is prefetched.
  private static var prefetchDistance: Int { 4 }
  /// As much of a vector as the processor does not foresee, when one is read after the other; it
  /// goes on by itself.
  private static var prefetchedBytes: Int { 512 }

  @inline(__always)
  private func prefetchVector(of vertex: VertexID, most bytes: Int) {
    unsafe lantern_prefetch_bytes(
      storedCode(of: vertex),
      Int32(truncatingIfNeeded: min(GraphLayout.vectorHeader &+ format.byteCount, bytes)))
  }

  /// Claims room for one more node; false when there is none.
  func claim() -> Bool {
    var claims: UInt64
    repeat {
      claims = unsafe lantern_load(head + Head.claims)
      if Int(truncatingIfNeeded: claims) >= capacity { return false }
    } while unsafe !lantern_replace(head + Head.claims, claims, claims &+ 1)
    return true
  }

  /// Gives back what `claim` has claimed.
  func unclaim() {
    var claims: UInt64
    repeat {
      claims = unsafe lantern_load(head + Head.claims)
    } while unsafe !lantern_replace(head + Head.claims, claims, claims &- 1)
  }

  /// Adds a node without edges, which room was claimed for, of the given level or, where there is no
  /// room for so many lists, a lower one.
  func append(
    codes: UnsafeRawPointer, _ code: VectorCode, payload: UInt64, level: Int
  ) -> VertexID {
    var counts: UInt64
    var level = level
    repeat {
      counts = unsafe lantern_load(head + Head.counts)
      level = min(level, layout.upperCapacity &- Int(truncatingIfNeeded: counts >> 32))
    } while unsafe !lantern_replace(
      head + Head.counts, counts, counts &+ UInt64(truncatingIfNeeded: level) << 32 &+ 1)
    let vertex = VertexID(truncatingIfNeeded: counts)
    let node = Node(
      payload: payload, firstDuplicate: .none,
      firstUpperList: UInt32(truncatingIfNeeded: counts >> 32),
      level: Int32(truncatingIfNeeded: level))
    // SAFETY: the vertex is below the capacity of both arrays, and its lists below theirs.
    unsafe (nodes + Int(vertex)).initialize(to: node)
    unsafe storedCode(of: vertex).initialize(to: code)
    unsafe UnsafeMutableRawPointer(mutating: self.codes(of: vertex))
      .copyMemory(from: codes, byteCount: format.byteCount)
    baseLists.clear(Int(vertex))
    for list in 0..<level { upperLists.clear(Int(node.firstUpperList) &+ list) }
    return vertex
  }

  /// Adds the first node, which is the entry point, and returns nil; or the entry point, when there
  /// is one already. Others who try wait for it.
  func begin(
    codes: UnsafeRawPointer, _ code: VectorCode, payload: UInt64, level: Int
  ) -> EntryPoint? {
    var tries: Int32 = 0
    while unsafe !lantern_replace(head + Head.isBeginning, 0, 1) {
      lantern_wait(tries)
      tries &+= 1
    }
    let first = entry
    if first == nil {
      let vertex = unsafe append(codes: codes, code, payload: payload, level: level)
      raiseEntry(to: vertex, level: Int(node(vertex).level))
    }
    unsafe lantern_store(head + Head.isBeginning, 0)
    return first
  }

  /// Chains a further payload to a node; false when there is no room for it.
  func addDuplicate(_ payload: UInt64, of vertex: VertexID, residual: Float) -> Bool {
    var number: UInt64
    repeat {
      number = unsafe lantern_load(head + Head.duplicates)
      if Int(truncatingIfNeeded: number) >= capacity { return false }
    } while unsafe !lantern_replace(head + Head.duplicates, number, number &+ 1)
    // SAFETY: both numbers are below their arrays' capacity.
    let duplicate = unsafe duplicates + Int(truncatingIfNeeded: number)
    let node = unsafe nodes + Int(vertex)
    unsafe duplicate.initialize(to: Duplicate(payload: payload, next: .none))
    var isChained = false
    while !isChained {
      let next = unsafe node.pointee.firstDuplicate
      unsafe duplicate.pointee.next = next
      isChained = unsafe lantern_replace_half(
        &node.pointee.firstDuplicate, next, UInt32(truncatingIfNeeded: number))
    }
    raiseResidual(of: vertex, to: residual)
    return true
  }

  private func raiseResidual(of vertex: VertexID, to residual: Float) {
    let code = unsafe storedCode(of: vertex)
    while true {
      let seen = unsafe code.pointee.residual
      if seen >= residual { return }
      let isRaised = unsafe withUnsafeMutablePointer(to: &code.pointee.residual) {
        unsafe lantern_replace_half(
          UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt32.self), seen.bitPattern,
          residual.bitPattern)
      }
      if isRaised { return }
    }
  }

  public func duplicate(_ number: UInt32) -> Duplicate { unsafe duplicates[Int(number)] }

  /// The number of a node's payloads beyond the first. Cost: the length of its chain.
  public func duplicateCount(of vertex: VertexID) -> Int {
    var length = 0
    var next = node(vertex).firstDuplicate
    while next != .none {
      length &+= 1
      next = duplicate(next).next
    }
    return length
  }

  /// Reads a vertex's neighbours.
  @inline(__always)
  public func readList(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    lists(level).read(index(of: vertex, level: level), into: &list)
  }

  /// Gives a new vertex its first neighbours, with the lengths of their edges.
  func writeList(
    of vertex: VertexID, level: Int, _ list: borrowing NeighbourList,
    lengths: borrowing InlineArray<256, Float>
  ) {
    lists(level).write(index(of: vertex, level: level), list, lengths: lengths)
  }

  /// Reads a list, to change it.
  mutating func beginEdit(of vertex: VertexID, level: Int) {
    lists(level).read(index(of: vertex, level: level), into: &edited)
  }

  /// Writes it back; false when it has changed meanwhile, and nothing was written. Where there are
  /// codes, the neighbour that has come is `added`, whose edge was encoded last.
  func endEdit(of vertex: VertexID, level: Int, added: VertexID) -> Bool {
    lists(level).replace(index(of: vertex, level: level), with: edited) { coded, place in
      if let encoded { coded.set(added, encoded, at: place) }
    }
  }

  @inline(__always)
  func lists(_ level: Int) -> EdgeLists { level == 0 ? baseLists : upperLists }

  @inline(__always)
  func index(of vertex: VertexID, level: Int) -> Int {
    level == 0 ? Int(vertex) : Int(node(vertex).firstUpperList) &+ level &- 1
  }
}

extension MemoryGraph: GraphStore {
  public var dimensions: Int { format.dimensions }

  public mutating func readNeighbours(
    of vertex: VertexID, level: Int, into list: inout NeighbourList
  ) {
    readList(of: vertex, level: level, into: &list)
  }

  public mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    for index in 0..<min(batch.count, Self.prefetchDistance) {
      prefetchVector(of: batch.ids[index], most: Self.prefetchedBytes)
    }
    for index in 0..<batch.count {
      if index &+ Self.prefetchDistance < batch.count {
        prefetchVector(
          of: batch.ids[index &+ Self.prefetchDistance], most: Self.prefetchedBytes)
      }
      batch.distances[index] = unsafe distance(from: query, to: batch.ids[index])
    }
  }

  public var estimatesNeighbours: Bool { tables != nil }

  public mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float {
    guard let tables, let query = unsafe query else { return .nan }
    let distance = unsafe distance(from: query, to: vertex)
    lists(level).appendNeighbours(
      index(of: vertex, level: level), within: limit, tables, distance: distance, to: &batch)
    return distance
  }

  public func prefetch(_ vertex: VertexID, level: Int) {
    lists(level).prefetch(index(of: vertex, level: level))
    if tables != nil { prefetchVector(of: vertex, most: EdgeLists.prefetchedBytes) }
  }

  public mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID { vertex }

  public func checkForInterrupts() { onInterrupt() }

  /// The distance from a query to a node's stored vector.
  @inline(__always)
  public func distance(from query: UnsafeRawPointer, to vertex: VertexID) -> Float {
    unsafe format.distance(from: query, to: codes(of: vertex), code(of: vertex))
  }
}
