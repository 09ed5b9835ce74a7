import CPostgres
import HNSW
import Vectors

/// Writes a graph in memory onto the pages of an empty index: the meta page, then the nodes, the
/// upper vertices and the further heap TIDs, each on pages of its own, one after the other. Nodes
/// that are neighbours come on the same page as far as that can be.
///
/// All participants of a build write pages of nodes, which is most of the work: each works out for
/// itself what comes where.
@safe struct GraphWriter {
  let file: IndexFile
  let shape: IndexShape
  let build: UnsafeMutablePointer<LanternBuild>

  /// Where each kind's records begin; record `i` is number `first + i`, as pages are filled in
  /// order.
  private struct Numbering: ~Copyable {
    let order: LocalityOrder
    let firstNode: UInt32
    let firstUpper: UInt32
    let firstTIDs: UInt32
    let nodePages: UInt32

    init(_ shape: IndexShape, _ graph: borrowing MemoryGraph) {
      order = LocalityOrder(serverMemory, graph, groupSize: shape.node.perPage)
      let nodeBlock = UInt32(LANTERN_META_BLOCK) &+ 1
      nodePages = Self.pages(graph.count, shape.node.perPage)
      let upperBlock = nodeBlock &+ nodePages
      let tidBlock = upperBlock &+ Self.pages(graph.upperListCount, shape.upper.perPage)
      firstNode = nodeBlock &* UInt32(truncatingIfNeeded: shape.node.perPage)
      firstUpper = upperBlock &* UInt32(truncatingIfNeeded: shape.upper.perPage)
      firstTIDs = tidBlock &* UInt32(truncatingIfNeeded: shape.perPage(.tids))
    }

    /// The number of a node of the graph on the pages.
    func node(_ vertex: VertexID) -> VertexID { firstNode &+ order.place(of: vertex) }

    private static func pages(_ records: Int, _ perPage: Int) -> UInt32 {
      UInt32(truncatingIfNeeded: (records &+ perPage &- 1) / perPage)
    }
  }

  /// Writes the graph. Cost: every page once.
  func write(_ graph: borrowing MemoryGraph) {
    let numbering = Numbering(shape, graph)
    var meta = Meta(shape)
    meta.values.node_count = UInt64(graph.count)
    meta.values.tid_count = UInt64(graph.count &+ graph.duplicateCount)
    if let entry = graph.entry {
      meta.entry = EntryPoint(
        vertex: vertex(entry.vertex, level: entry.level, in: graph, numbering),
        level: entry.level)
    }
    file.createMetaPage(meta)
    unsafe lantern_begin_writing(build)
    var coder = coder(for: graph)
    let firstChains = chainStarts(graph)
    writeNodes(of: graph, firstChains, numbering, &coder)
    unsafe lantern_await_writers(build)
    if graph.count > 0 { meta[.nodes].target = numbering.nodePages }
    meta[.upper].target = writeUpperVertices(graph, numbering, &coder)
    meta[.tids].target = writeChains(graph, firstChains, numbering)
    if shape.code != nil { meta.values.origin_block = file.writeOrigin(graph.origin(serverMemory)) }
    let page = file.metaPage(.exclusive)
    let change = file.beginChange()
    change.image(of: page).write(meta)
    change.finish()
  }

  /// Writes some of the pages of nodes, beside the leader, who has begun.
  func help(_ graph: borrowing MemoryGraph) {
    let numbering = Numbering(shape, graph)
    var coder = coder(for: graph)
    writeNodes(of: graph, chainStarts(graph), numbering, &coder)
  }

  /// What codes the edges of a graph that has no codes itself.
  private func coder(for graph: borrowing MemoryGraph) -> GraphCoder? {
    guard let format = shape.code, graph.layout.code == nil else { return nil }
    return GraphCoder(
      serverMemory,
      CentredRotation(serverMemory, format, origin: graph.origin(serverMemory)),
      count: graph.count, bytes: spareMemory(graph))
  }

  /// Writes pages of nodes until none is left; they follow the meta page, and whoever adds one to
  /// the file fills it with what comes there.
  private func writeNodes(
    of graph: borrowing MemoryGraph, _ chains: borrowing GrowableBuffer<UInt32>,
    _ numbering: borrowing Numbering, _ coder: inout GraphCoder?
  ) {
    let most = lantern_most_extended()
    while case let count = unsafe lantern_take_pages(build, numbering.nodePages, most), count > 0 {
      file.extend(by: Int(count)) { page in
        lantern_check_for_interrupts()
        writeNodes(to: page, of: graph, chains, numbering, &coder)
      }
    }
  }

  /// Writes the nodes that come on one page.
  private func writeNodes(
    to page: borrowing LockedPage, of graph: borrowing MemoryGraph,
    _ chains: borrowing GrowableBuffer<UInt32>, _ numbering: borrowing Numbering,
    _ coder: inout GraphCoder?
  ) {
    let perPage = shape.node.perPage
    let first = (Int(page.block) &- 1) &* perPage
    let change = file.beginChange()
    let image = change.image(of: page, isNew: true)
    image.initialize(.nodes, shape)
    for place in 0..<max(min(perPage, graph.count &- first), 0) {
      let node = numbering.order.node(at: first &+ place)
      let chain = chains[Int(node)]
      writeNode(
        node, of: graph, chain: chain == .none ? .none : numbering.firstTIDs &+ chain,
        to: VertexRecord(image, place, shape.node), numbering, &coder)
    }
    change.finish()
  }

  /// Fills pages with `count` records, and returns the last page's block.
  private func writePages(
    _ kind: PageKind, count: Int, _ write: (PageImage, Int, Int) -> Void
  ) -> BlockNumber {
    let perPage = shape.perPage(kind)
    var last = BlockNumber(LANTERN_NONE)
    var index = 0
    while index < count {
      lantern_check_for_interrupts()
      let page = file.extend()
      let change = file.beginChange()
      let image = change.image(of: page, isNew: true)
      image.initialize(kind, shape)
      for place in 0..<min(perPage, count &- index) { write(image, place, index &+ place) }
      change.finish()
      last = page.block
      index &+= perPage
    }
    return last
  }

  private func writeNode(
    _ vertex: VertexID, of graph: borrowing MemoryGraph, chain: UInt32, to record: VertexRecord,
    _ numbering: borrowing Numbering, _ coder: inout GraphCoder?
  ) {
    let node = graph.node(vertex)
    record.header = LanternVertex(
      state: UInt8(LANTERN_LIVE), level: UInt8(truncatingIfNeeded: node.level), count: 0, mask: 0,
      tid: lantern_payload_tid(node.payload), residual: 0, owner: chain, lower: .none, scale: 1,
      offset: 0)
    unsafe record.writeVector(graph.codes(of: vertex), graph.code(of: vertex))
    writeNeighbours(of: vertex, level: 0, in: graph, to: record, numbering, &coder)
  }

  private func writeNeighbours(
    of vertex: VertexID, level: Int, in graph: borrowing MemoryGraph, to record: VertexRecord,
    _ numbering: borrowing Numbering, _ coder: inout GraphCoder?
  ) {
    var list = NeighbourList()
    graph.readList(of: vertex, level: level, into: &list)
    if shape.code != nil {
      writeCodes(of: vertex, level: level, list, in: graph, to: record, numbering, &coder)
    }
    for index in 0..<list.count {
      list.setID(index, self.vertex(list.id(index), level: level, in: graph, numbering))
    }
    record.writeNeighbours(list)
  }

  /// The number on the pages of a vertex of the graph.
  private func vertex(
    _ vertex: VertexID, level: Int, in graph: borrowing MemoryGraph,
    _ numbering: borrowing Numbering
  ) -> VertexID {
    if level == 0 { return numbering.node(vertex) }
    return numbering.firstUpper &+ graph.node(vertex).firstUpperList
      &+ UInt32(truncatingIfNeeded: level &- 1)
  }

  /// Writes the upper vertices in the order of their lists, which is that of the nodes and then of
  /// the levels.
  private func writeUpperVertices(
    _ graph: borrowing MemoryGraph, _ numbering: borrowing Numbering,
    _ coder: inout GraphCoder?
  ) -> BlockNumber {
    var next: VertexID = 0
    var level = 0
    return writePages(.upper, count: graph.upperListCount) { image, place, index in
      level &+= 1
      while level > Int(graph.node(next).level) {
        next &+= 1
        level = 1
      }
      let record = VertexRecord(image, place, shape.upper)
      record.header = LanternVertex(
        state: UInt8(LANTERN_LIVE), level: UInt8(truncatingIfNeeded: level), count: 0, mask: 0,
        tid: lantern_invalid_tid(), residual: 0, owner: numbering.node(next),
        lower: vertex(next, level: level &- 1, in: graph, numbering), scale: 1, offset: 0)
      unsafe record.writeVector(graph.codes(of: next), graph.code(of: next))
      writeNeighbours(of: next, level: level, in: graph, to: record, numbering, &coder)
    }
  }
}

// The neighbours' codes.
extension GraphWriter {
  private func writeCodes(
    of vertex: VertexID, level: Int, _ list: borrowing NeighbourList,
    in graph: borrowing MemoryGraph, to record: VertexRecord,
    _ numbering: borrowing Numbering, _ coder: inout GraphCoder?
  ) {
    coder?.begin(
      vertex, numbered: numbering.order.place(of: vertex), graph.storedVector(of: vertex))
    for place in 0..<list.count {
      let neighbour = list.id(place)
      let encoded = coder?.encode(
        to: neighbour, numbered: numbering.order.place(of: neighbour),
        graph.storedVector(of: neighbour))
      if let edge = encoded ?? graph.edgeCode(from: vertex, to: neighbour, level: level) {
        record.setCode(edge, at: place)
      }
    }
  }

  /// A participant's share of the memory that the graph has left.
  private func spareMemory(_ graph: borrowing MemoryGraph) -> Int {
    let taken = graph.count &* GraphLayout.bytesPerNode(format: shape.format, m: shape.m)
    let participants = unsafe Int(build.pointee.workers) &+ 1
    return (lantern_maintenance_memory() &- taken) / participants
  }
}

// The chains of heap TIDs.
extension GraphWriter {
  /// The number of each node's first record among the records to be written, or `.none`.
  private func chainStarts(_ graph: borrowing MemoryGraph) -> GrowableBuffer<UInt32> {
    var starts = GrowableBuffer<UInt32>(serverMemory, capacity: graph.count)
    var records: UInt32 = 0
    for index in 0..<graph.count {
      let length = graph.duplicateCount(of: VertexID(truncatingIfNeeded: index))
      starts.append(length == 0 ? .none : records)
      records &+= UInt32(
        truncatingIfNeeded: (length &+ TIDRecord.capacity &- 1) / TIDRecord.capacity)
    }
    return starts
  }

  private func writeChains(
    _ graph: borrowing MemoryGraph, _ starts: borrowing GrowableBuffer<UInt32>,
    _ numbering: borrowing Numbering
  ) -> BlockNumber {
    var count = 0
    for index in 0..<graph.count {
      let length = graph.duplicateCount(of: VertexID(truncatingIfNeeded: index))
      count &+= (length &+ TIDRecord.capacity &- 1) / TIDRecord.capacity
    }
    var node = -1
    var next = UInt32.none
    return writePages(.tids, count: count) { image, place, index in
      while next == .none {
        node &+= 1
        next = graph.node(VertexID(truncatingIfNeeded: node)).firstDuplicate
      }
      let record = TIDRecord(image, place)
      record.initialize(
        owner: numbering.node(VertexID(truncatingIfNeeded: node)), next: .none)
      while next != .none && !record.isFull {
        let duplicate = graph.duplicate(next)
        record.append(lantern_payload_tid(duplicate.payload))
        next = duplicate.next
      }
      if next != .none {
        record.next = numbering.firstTIDs &+ UInt32(truncatingIfNeeded: index &+ 1)
      }
    }
  }
}
