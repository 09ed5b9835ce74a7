import CPostgres
import HNSW
import Vectors

// Step 2: no list leads to a removed vertex any more. Step 3: the removed are freed.
extension Vacuum {
  mutating func repairGraph() {
    replaceEntryPoint()
    var repair = Repair(serverMemory, dimensions: shape.format.dimensions, m: shape.m)
    repairLists(.nodes, &repair)
    repairLists(.upper, &repair)
  }

  private mutating func repairLists(_ kind: PageKind, _ repair: inout Repair) {
    var block = BlockNumber(LANTERN_META_BLOCK) &+ 1
    while block < file.blockCount {
      lantern_vacuum_delay_point()
      repairLists(onPage: block, kind, &repair)
      block &+= 1
    }
  }

  /// Repairs the lists of a page's vertices, which no lock protects meanwhile: a list that changes
  /// is repaired anew.
  private mutating func repairLists(
    onPage block: BlockNumber, _ kind: PageKind, _ repair: inout Repair
  ) {
    for place in 0..<shape.perPage(kind) {
      guard let level = levelToRepair(block, place, kind) else { continue }
      let vertex = RecordID(block: block, place: place).number(perPage: shape.perPage(kind))
      _ = repair.repair(&graph, vertex, level: level)
    }
  }

  /// The level of a live vertex with a removed neighbour; nil for any other record.
  private func levelToRepair(_ block: BlockNumber, _ place: Int, _ kind: PageKind) -> Int? {
    let page = unsafe file.anyPage(block, .share, strategy: strategy)
    if page.kind != kind { return nil }
    let record = VertexRecord(page, place, kind == .nodes ? shape.node : shape.upper)
    if !record.isLive { return nil }
    var list = NeighbourList()
    if !record.readNeighbours(into: &list) { return nil }
    for index in 0..<list.count {
      let isRemoved =
        kind == .nodes
        ? graph.removedNodes.contains(list.ids[index])
        : graph.removedUpper.contains(list.ids[index])
      if isRemoved { return kind == .nodes ? 0 : Int(record.header.level) }
    }
    return nil
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
    forEachBlock(.upper) { vacuum, block in
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
    forEachBlock(.nodes) { vacuum, block in
      if highest != nil { return }
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
    var block = BlockNumber(LANTERN_META_BLOCK) &+ 1
    while block < file.blockCount {
      lantern_vacuum_delay_point()
      switch kindOfPage(block) {
      case .nodes: freeRecords(onPage: block, .nodes)
      case .upper: freeRecords(onPage: block, .upper)
      case .tids, .mean: break
      case nil: file.adoptNewPage(block)
      }
      if let kind = kindOfPage(block), hasRoom(block, kind) { file.listFreePage(block, kind) }
      block &+= 1
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
