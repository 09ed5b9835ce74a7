import CPostgres
import HNSW
import Vectors

/// Inserts vectors into the graph on the pages.
///
/// A node is written with its neighbours first, then its upper vertices, then the edges back, page
/// by page; each step leaves a valid graph behind, so a crash or an error between two needs no
/// repair.
@safe struct PageInserter: ~Copyable {
  private var graph: PagedGraph
  private var insertion: Insertion
  private var codes: GrowableBuffer<UInt8>
  private var prepared: GrowableBuffer<Component>

  var file: IndexFile { graph.file }
  private var shape: IndexShape { graph.shape }

  init(file: IndexFile, shape: IndexShape) {
    graph = PagedGraph(file: file, shape: shape)
    insertion = Insertion(
      serverMemory, dimensions: shape.format.dimensions, m: shape.m,
      efConstruction: shape.efConstruction)
    codes = GrowableBuffer(serverMemory, capacity: shape.format.byteCount)
    prepared = GrowableBuffer(serverMemory, capacity: shape.format.dimensions)
  }

  /// Inserts a row's vector. Raises an error, before anything is written, when it cannot be
  /// indexed.
  mutating func insert(_ vector: IndexedVector, _ tid: ItemPointerData) {
    vector.check(dimensions: shape.format.dimensions)
    // SAFETY: one buffer holds a vector's components, the other one's codes.
    let bytes = unsafe UnsafeMutableRawPointer(codes.memory)
    let components = unsafe shape.metric.prepare(
      vector.elements, vector.count, into: prepared.memory)
    let code = unsafe shape.format.encode(components, into: bytes)
    let node = unsafe NewNode(
      vector: components, codes: bytes, code: code, tid: tid,
      level: drawLevel(seed: lantern_tid_payload(tid), m: shape.m))
    var lostWays = 0
    while !insert(node) {
      lantern_check_for_interrupts()
      lostWays &+= 1
      if lostWays > 100 {
        file.reportCorrupted(
          block: BlockNumber(LANTERN_META_BLOCK), "names an entry point that leads nowhere")
      }
    }
  }

  /// One try; false when another backend's change requires a fresh start.
  private mutating func insert(_ node: NewNode) -> Bool {
    let meta = file.readMeta()
    guard let entry = meta.entry else { return insertFirst(node) }
    unsafe graph.estimate(from: node.vector, meta)
    if unsafe !insertion.findCandidates(
      &graph, query: node.vector, level: node.level, from: entry)
    {
      return false
    }
    if addToEqualNode(node) { return true }
    unsafe insertion.selectNeighbours(&graph, query: node.vector)
    let vertex = writeNode(node)
    unsafe insertion.link(&graph, vertex, level: 0, query: node.vector)
    var lower = vertex
    for level in 1..<(node.level &+ 1) {
      lower = writeUpperVertex(node, level: level, node: vertex, lower: lower)
      unsafe insertion.link(&graph, lower, level: level, query: node.vector)
    }
    let isIsolated = insertion.neighbours(level: 0).count == 0
    if node.level > entry.level || isIsolated {
      promote(EntryPoint(vertex: lower, level: node.level))
    }
    return true
  }

  /// Writes an empty index's first node, at level 0, and makes it the entry point.
  private mutating func insertFirst(_ node: NewNode) -> Bool {
    // A target page with room is made sure of first, as the meta page stays locked below.
    let target = file.freeRecord(.nodes, shape).page.block
    let metaPage = file.metaPage(.exclusive)
    var meta = file.meta(on: metaPage)
    if meta.entry != nil { return false }
    let page = unsafe file.page(target, .nodes, .exclusive)
    guard let place = file.freePlace(on: page, .nodes, shape) else { return false }
    insertion.begin(level: 0)
    let vertex = RecordID(block: target, place: place).number(perPage: shape.node.perPage)
    meta.entry = EntryPoint(vertex: vertex, level: 0)
    let change = file.beginChange()
    write(node, level: 0, to: change.image(of: page).vertex(place, shape.node))
    change.image(of: metaPage).write(meta)
    change.finish()
    return true
  }

  private mutating func writeNode(_ node: NewNode) -> VertexID {
    encodeNeighbours(of: node, level: 0)
    let free = file.freeRecord(.nodes, shape)
    let change = file.beginChange()
    write(node, level: 0, to: change.image(of: free.page).vertex(free.place, shape.node))
    change.finish()
    return RecordID(block: free.page.block, place: free.place).number(perPage: shape.node.perPage)
  }

  private mutating func encodeNeighbours(of node: NewNode, level: Int) {
    unsafe graph.encode(
      insertion.neighbours(level: level), of: node.codes, node.code, level: level)
  }

  private mutating func writeUpperVertex(
    _ node: NewNode, level: Int, node nodeID: VertexID, lower: VertexID
  ) -> VertexID {
    encodeNeighbours(of: node, level: level)
    let free = file.freeRecord(.upper, shape)
    let change = file.beginChange()
    let record = change.image(of: free.page).vertex(free.place, shape.upper)
    write(node, level: level, to: record)
    var header = record.header
    header.level = UInt8(truncatingIfNeeded: level)
    header.tid = lantern_invalid_tid()
    header.owner = nodeID
    header.lower = lower
    record.header = header
    change.finish()
    return RecordID(block: free.page.block, place: free.place).number(perPage: shape.upper.perPage)
  }

  private func write(_ node: NewNode, level: Int, to record: VertexRecord) {
    record.header = LanternVertex(
      state: UInt8(LANTERN_LIVE), level: UInt8(truncatingIfNeeded: node.level), count: 0, mask: 0,
      tid: node.tid, residual: 0, owner: .none, lower: .none, scale: 1, offset: 0)
    unsafe record.writeVector(node.codes, node.code)
    record.writeNeighbours(insertion.neighbours(level: level))
    graph.encoder?.writeAll(to: record)
  }

  /// Makes a vertex the entry point unless a live one of its level is. So a node that found none
  /// but removed vertices takes the place of one of these.
  private mutating func promote(_ entry: EntryPoint) {
    let page = file.metaPage(.exclusive)
    var meta = file.meta(on: page)
    if let current = meta.entry, current.level >= entry.level, isLive(current) { return }
    meta.entry = entry
    let change = file.beginChange()
    change.image(of: page).write(meta)
    change.finish()
  }

  private mutating func isLive(_ entry: EntryPoint) -> Bool {
    graph.withVertex(entry.vertex, level: entry.level) { $0.isLive } ?? false
  }

  /// Adds the row to the node that has an equal stored vector, if there is one.
  private mutating func addToEqualNode(_ node: NewNode) -> Bool {
    let radius = duplicateRadius(residual: node.code.residual)
    for index in 0..<insertion.candidateCount {
      let candidate = insertion.candidate(index)
      if candidate.distance > radius { return false }
      if unsafe file.addTID(node.tid, to: candidate.vertex, node.codes, node.code, shape) {
        return true
      }
    }
    return false
  }
}

/// A vector that is being inserted, and what is written of it.
@safe struct NewNode {
  let vector: UnsafeRawPointer
  let codes: UnsafeRawPointer
  let code: VectorCode
  let tid: ItemPointerData
  let level: Int
}
