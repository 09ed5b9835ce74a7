import CPostgres
import HNSW
import Vectors

/// `_lantern_internal.validate_index`: checks every page, link, level, count and heap TID of an
/// index, and raises an error at the first that cannot be right.
///
/// Vacuum and inserts may run meanwhile: a node that goes between two looks is not reported.
@c(lantern_validate)
public func validate(_ index: Relation) {
  unsafe withMemoryContext("lantern validate") { _ in
    let file = unsafe IndexFile(relation: index)
    let meta = file.readMeta()
    if !meta.hasDimensions { return }
    var validation = Validation(file: file, shape: file.shape(meta))
    validation.checkEntryPoint(meta)
    // Raises an error when its pages are not there.
    if let code = validation.shape.code { _ = file.readMean(meta, dimensions: code.dimensions) }
    validation.checkPages()
    validation.checkFreeLists(file.readMeta())
  }
}

@safe struct Validation: ~Copyable {
  private let file: IndexFile
  let shape: IndexShape
  private let blockCount: BlockNumber
  private var list = NeighbourList()
  private var tids: GrowableBuffer<UInt64>

  init(file: IndexFile, shape: IndexShape) {
    self.file = file
    self.shape = shape
    blockCount = file.blockCount
    tids = GrowableBuffer(serverMemory)
  }

  mutating func checkEntryPoint(_ meta: Meta) {
    guard let entry = meta.entry else { return }
    if !isLinkable(entry.vertex, level: entry.level) {
      file.reportCorrupted(
        block: BlockNumber(LANTERN_META_BLOCK), "names an entry point that is not there")
    }
  }

  mutating func checkPages() {
    var block = BlockNumber(LANTERN_META_BLOCK) &+ 1
    while block < blockCount {
      lantern_check_for_interrupts()
      switch kindOfPage(block) {
      case .nodes:
        for place in 0..<shape.node.perPage { checkVertex(block, place, .nodes) }
      case .upper:
        for place in 0..<shape.upper.perPage { checkVertex(block, place, .upper) }
      case .tids:
        for place in 0..<shape.perPage(.tids) { checkTIDRecord(block, place) }
      case .mean, nil: break
      }
      block &+= 1
    }
  }

  /// The kind of a page; nil for one that a crash left uninitialized.
  private func kindOfPage(_ block: BlockNumber) -> PageKind? {
    let page = unsafe file.anyPage(block, .share)
    if page.isNew { return nil }
    guard let kind = page.kind else {
      file.reportCorrupted(block: block, "is not a page of this index")
    }
    return kind
  }

  private mutating func checkVertex(_ block: BlockNumber, _ place: Int, _ kind: PageKind) {
    let layout = kind == .nodes ? shape.node : shape.upper
    let vertex = RecordID(block: block, place: place).number(perPage: layout.perPage)
    guard let header = readVertex(block, place, kind, vertex) else { return }
    let level = kind == .nodes ? 0 : Int(header.level)
    checkNeighbours(of: vertex, level: level)
    if kind == .nodes {
      checkChain(of: vertex, header)
    } else {
      checkUpperLinks(of: vertex, header)
    }
  }

  /// Reads a live vertex's header and neighbours, and checks what can be seen from them alone; nil
  /// when it is not live.
  private mutating func readVertex(
    _ block: BlockNumber, _ place: Int, _ kind: PageKind, _ vertex: VertexID
  ) -> LanternVertex? {
    let page = unsafe file.page(block, kind, .share)
    let record = VertexRecord(page, place, kind == .nodes ? shape.node : shape.upper)
    let header = record.header
    let level = Int(header.level)
    if header.state > UInt8(LANTERN_REMOVED) { report(vertex, level, "has an unknown state") }
    if !record.isLive { return nil }
    if level > maximumLevel || (kind == .upper && level == 0) {
      report(vertex, level, "has a level that cannot be")
    }
    if !record.readNeighbours(into: &list) {
      report(vertex, level, "has more neighbours than it can, or none at a place of theirs")
    }
    if shape.code != nil {
      for index in 0..<list.count {
        if !record.factors(at: index).areValid {
          report(vertex, level, "has a code that cannot be")
        }
      }
    }
    if !header.scale.isFinite || !header.offset.isFinite || record.code.residual.isNaN {
      report(vertex, level, "has a stored vector that is not finite")
    }
    return header
  }

  private mutating func checkNeighbours(of vertex: VertexID, level: Int) {
    for index in 0..<list.count {
      let neighbour = list.id(index)
      if neighbour == vertex { report(vertex, level, "is its own neighbour") }
      for earlier in 0..<index where list.id(earlier) == neighbour {
        report(vertex, level, "has the same neighbour twice")
      }
      if !isLinkable(neighbour, level: level) && isStillNeighbour(neighbour, of: vertex, level) {
        report(vertex, level, "has a neighbour that is not there")
      }
    }
  }

  /// Whether a vertex is on the page that its number names, at that level, and not free.
  private func isLinkable(_ vertex: VertexID, level: Int) -> Bool {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    if id.block <= BlockNumber(LANTERN_META_BLOCK) || id.block >= file.blockCount { return false }
    let page = unsafe file.anyPage(id.block, .share)
    if page.kind != (level == 0 ? .nodes : .upper) { return false }
    let record = VertexRecord(page, id.place, layout)
    return !record.isFree && (level == 0 || Int(record.header.level) == level)
  }

  /// Looks again: the list may have changed since it was read.
  private func isStillNeighbour(_ neighbour: VertexID, of vertex: VertexID, _ level: Int) -> Bool {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    let page = unsafe file.page(id.block, level == 0 ? .nodes : .upper, .share)
    let record = VertexRecord(page, id.place, layout)
    var current = NeighbourList()
    return record.isLive && record.readNeighbours(into: &current) && current.contains(neighbour)
  }

  private mutating func checkChain(of node: VertexID, _ header: LanternVertex) {
    if header.owner == .none { return }
    let id = RecordID(header.owner, perPage: shape.perPage(.tids))
    if id.block <= BlockNumber(LANTERN_META_BLOCK) || id.block >= file.blockCount {
      report(node, 0, "has a chain of heap TIDs that is not there")
    }
    // Raises an error when the chain's pages are of another kind, or it has no end.
    file.readChain(of: node, shape, into: &tids)
  }

  private func checkUpperLinks(of vertex: VertexID, _ header: LanternVertex) {
    let level = Int(header.level)
    // The node is freed before its upper vertices are, so look whether this one is still there.
    if !isLinkable(header.lower, level: level &- 1) && isLinkable(vertex, level: level) {
      report(vertex, level, "has no vertex below it")
    }
    if !isLinkable(header.owner, level: 0) && isLinkable(vertex, level: level) {
      report(vertex, level, "has no node")
    }
  }

  private func checkTIDRecord(_ block: BlockNumber, _ place: Int) {
    let page = unsafe file.page(block, .tids, .share)
    let record = TIDRecord(page, place)
    if record.isFree { return }
    for index in 0..<record.count where !lantern_tid_is_valid(record[index]) {
      file.reportCorrupted(block: block, "holds a heap TID that cannot be")
    }
  }

  /// Checks that the lists of pages with free records come to an end, and hold pages of their kind.
  func checkFreeLists(_ meta: Meta) {
    checkFreeList(meta, .nodes)
    checkFreeList(meta, .upper)
    checkFreeList(meta, .tids)
  }

  private func checkFreeList(_ meta: Meta, _ kind: PageKind) {
    var next = meta[kind].first_free
    var steps: BlockNumber = 0
    while next != UInt32(LANTERN_NONE) {
      lantern_check_for_interrupts()
      if next >= file.blockCount || steps > file.blockCount {
        file.reportCorrupted(
          block: BlockNumber(LANTERN_META_BLOCK), "has a list of free pages without end")
      }
      let page = unsafe file.page(next, kind, .share)
      next = page.nextFree
      steps &+= 1
    }
  }

  private func report(_ vertex: VertexID, _ level: Int, _ what: StaticString) -> Never {
    file.reportCorrupted(vertex: vertex, level: level, what)
  }
}
