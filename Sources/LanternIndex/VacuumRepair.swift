import CPostgres
import HNSW
import Vectors

// Step 2: no list leads to a removed vertex any more. Step 3: the removed are freed.
extension Vacuum {
  mutating func repairGraph() {
    replaceEntryPoint()
    var repair = Repair(serverMemory, dimensions: shape.format.dimensions, m: shape.m)
    var vertices = GrowableBuffer<VertexID>(serverMemory)
    forEachBlock { vacuum, block, kind in
      switch kind {
      case .nodes: vacuum.repairNodes(onPage: block, &repair, &vertices)
      case .upper: vacuum.repairUpperVertices(onPage: block, &repair, &vertices)
      case .tids, .mean, nil: break
      }
    }
  }

  /// Repairs the lists of a page's vertices together; no lock protects them meanwhile.
  private mutating func repairNodes(
    onPage block: BlockNumber, _ repair: inout Repair, _ vertices: inout GrowableBuffer<VertexID>
  ) {
    findBroken(onPage: block, .nodes, level: 0, &vertices)
    if !vertices.isEmpty { repair.repair(&graph, vertices, level: 0) }
  }

  /// The same level by level; above the second there is seldom one.
  private mutating func repairUpperVertices(
    onPage block: BlockNumber, _ repair: inout Repair, _ vertices: inout GrowableBuffer<VertexID>
  ) {
    var next: Int? = 1
    while let level = next {
      next = findBroken(onPage: block, .upper, level: level, &vertices)
      if !vertices.isEmpty { repair.repair(&graph, vertices, level: level) }
    }
  }

  /// Finds the live vertices of a level with a removed neighbour on a page; returns the next
  /// higher level that one of them has.
  @discardableResult
  private mutating func findBroken(
    onPage block: BlockNumber, _ kind: PageKind, level: Int,
    _ vertices: inout GrowableBuffer<VertexID>
  ) -> Int? {
    vertices.removeAll()
    let layout = kind == .nodes ? shape.node : shape.upper
    let page = unsafe file.page(block, kind, .share, strategy: strategy)
    var next: Int?
    var list = NeighbourList()
    for place in 0..<layout.perPage {
      let record = VertexRecord(page, place, layout)
      if !record.isLive || !record.readNeighbours(into: &list) || !hasRemoved(list, kind) {
        continue
      }
      let own = kind == .nodes ? 0 : Int(record.header.level)
      if own == level {
        vertices.append(RecordID(block: block, place: place).number(perPage: layout.perPage))
      } else if own > level {
        next = min(own, next ?? own)
      }
    }
    return next
  }

  private func hasRemoved(_ list: borrowing NeighbourList, _ kind: PageKind) -> Bool {
    for index in 0..<list.count {
      let isRemoved =
        kind == .nodes
        ? graph.removedNodes.contains(list.id(index))
        : graph.removedUpper.contains(list.id(index))
      if isRemoved { return true }
    }
    return false
  }

  /// Makes the highest live vertex the entry point if the present one was removed.
  private mutating func replaceEntryPoint() {
    guard let entry = file.readMeta().entry else { return }
    let isRemoved =
      entry.level == 0
      ? graph.removedNodes.contains(entry.vertex) : graph.removedUpper.contains(entry.vertex)
    if !isRemoved { return }
    let replacement = highestVertex()
    let page = file.metaPage(.exclusive)
    var meta = file.meta(on: page)
    // An insertion may have promoted a new vertex meanwhile.
    if let current = meta.entry, current.vertex != entry.vertex || current.level != entry.level {
      return
    }
    // A node may have come since, beside nothing but removed ones; none can become the entry point
    // while the meta page is locked.
    meta.entry = replacement ?? highestVertex()
    let change = file.beginChange()
    change.image(of: page).write(meta)
    change.finish()
  }

  /// A live vertex of the highest level there is; nil when no node is left.
  private mutating func highestVertex() -> EntryPoint? {
    var highest: EntryPoint?
    forEachBlock { vacuum, block, kind in
      if kind != .upper { return }
      let page = unsafe vacuum.file.page(block, .upper, .share, strategy: vacuum.strategy)
      for place in 0..<vacuum.shape.upper.perPage {
        let record = VertexRecord(page, place, vacuum.shape.upper)
        let level = Int(record.header.level)
        if record.isLive && level > highest?.level ?? 0 && level <= maximumLevel {
          let id = RecordID(block: block, place: place)
          highest = EntryPoint(
            vertex: id.number(perPage: vacuum.shape.upper.perPage), level: level)
        }
      }
    }
    if highest != nil { return highest }
    forEachBlock { vacuum, block, kind in
      if highest != nil || kind != .nodes { return }
      let page = unsafe vacuum.file.page(block, .nodes, .share, strategy: vacuum.strategy)
      for place in 0..<vacuum.shape.node.perPage
      where VertexRecord(page, place, vacuum.shape.node).isLive {
        let id = RecordID(block: block, place: place)
        highest = EntryPoint(vertex: id.number(perPage: vacuum.shape.node.perPage), level: 0)
      }
    }
    return highest
  }

  /// Frees the removed vertices' records, and lists every page that has room.
  mutating func freeRemoved() {
    for block in 0..<freeBlocks.limit where freeBlocks.contains(block) {
      lantern_vacuum_delay_point()
      switch kindOfPage(block) {
      case .nodes: freeRecords(onPage: block, .nodes)
      case .upper: freeRecords(onPage: block, .upper)
      case .tids, .mean: break
      case nil: file.adoptNewPage(block)
      }
      if let kind = kindOfPage(block), hasRoom(block, kind) { file.listFreePage(block, kind) }
    }
  }

  private func hasRoom(_ block: BlockNumber, _ kind: PageKind) -> Bool {
    let page = unsafe file.page(block, kind, .share, strategy: strategy)
    return !page.isListed && file.freePlace(on: page, kind, shape) != nil
  }

  private mutating func freeRecords(onPage block: BlockNumber, _ kind: PageKind) {
    let page = unsafe file.page(block, kind, .exclusive, strategy: strategy)
    let layout = kind == .nodes ? shape.node : shape.upper
    var freesAny = false
    for place in 0..<layout.perPage where isToBeFreed(block, place, kind) {
      freesAny = true
    }
    if !freesAny { return }
    let change = file.beginChange()
    let image = change.image(of: page)
    for place in 0..<layout.perPage where isToBeFreed(block, place, kind) {
      let record = VertexRecord(image, place, layout)
      var header = record.header
      header.state = UInt8(LANTERN_FREE)
      header.count = 0
      record.header = header
    }
    change.finish()
  }

  private func isToBeFreed(_ block: BlockNumber, _ place: Int, _ kind: PageKind) -> Bool {
    let vertex = RecordID(block: block, place: place).number(perPage: shape.perPage(kind))
    return kind == .nodes
      ? graph.removedNodes.contains(vertex) : graph.removedUpper.contains(vertex)
  }
}
