import CPostgres
import HNSW
import Vectors

// Step 1: dead TIDs go, nodes without any are marked, and their upper vertices.
extension Vacuum {
  mutating func removeDeadTIDs() {
    forEachBlock { vacuum, block, kind in
      switch kind {
      case .nodes: vacuum.removeDeadTIDs(onPage: block)
      case .upper: vacuum.upperBlocks.insert(block)
      case .tids: vacuum.noteRoom(onPage: block, .tids)
      case .origin: break
      case nil: vacuum.freeBlocks.insert(block)
      }
    }
    for block in 0..<upperBlocks.limit where upperBlocks.contains(block) {
      lantern_vacuum_delay_point()
      markUpperVertices(onPage: block)
    }
  }

  /// Notes a page with free records that is not on the list of such.
  private mutating func noteRoom(onPage block: BlockNumber, _ kind: PageKind) {
    let page = unsafe file.page(block, kind, .share, strategy: strategy)
    if !page.isListed && file.freePlace(on: page, kind, shape) != nil { freeBlocks.insert(block) }
  }

  private mutating func removeDeadTIDs(onPage block: BlockNumber) {
    let chained = removeDeadFirstTIDs(onPage: block)
    if !chained { return }
    for place in 0..<shape.node.perPage { removeDeadTIDsOfChain(block, place) }
  }

  /// Removes the dead TIDs of nodes that have only one; true when others have chains.
  private mutating func removeDeadFirstTIDs(onPage block: BlockNumber) -> Bool {
    let page = unsafe file.page(block, .nodes, .exclusive, strategy: strategy)
    var hasChains = false
    var removesAny = false
    for place in 0..<shape.node.perPage {
      let record = VertexRecord(page, place, shape.node)
      if record.isFree {
        if !page.isListed { freeBlocks.insert(block) }
        continue
      }
      let header = record.header
      let vertex = RecordID(block: block, place: place).number(perPage: shape.node.perPage)
      if !record.isLive {
        // Left behind by a vacuum that did not come to its end.
        remove(vertex, block)
      } else if header.owner != .none {
        hasChains = true
      } else if !lantern_tid_is_valid(header.tid) || isDead.contains(header.tid) {
        // Without a TID it was left by a vacuum that emptied its chain and did not get to the node.
        remove(vertex, block)
        removedTIDs &+= lantern_tid_is_valid(header.tid) ? 1 : 0
        removesAny = true
      } else {
        liveNodes &+= 1
        remainingTIDs &+= 1
      }
    }
    if removesAny {
      let change = file.beginChange()
      let image = change.image(of: page)
      for place in 0..<shape.node.perPage {
        let vertex = RecordID(block: block, place: place).number(perPage: shape.node.perPage)
        if graph.removedNodes.contains(vertex) {
          VertexRecord(image, place, shape.node).markRemoved()
        }
      }
      change.finish()
    }
    return hasChains
  }

  /// Takes a node among those to be removed.
  mutating func remove(_ vertex: VertexID, _ block: BlockNumber) {
    graph.removedNodes.insert(vertex)
    freeBlocks.insert(block)
  }

  private mutating func markUpperVertices(onPage block: BlockNumber) {
    let page = unsafe file.page(block, .upper, .exclusive, strategy: strategy)
    var removesAny = false
    for place in 0..<shape.upper.perPage {
      let record = VertexRecord(page, place, shape.upper)
      if record.isFree {
        if !page.isListed { freeBlocks.insert(block) }
        continue
      }
      if !record.isLive || graph.removedNodes.contains(record.header.owner) {
        graph.removedUpper.insert(
          RecordID(block: block, place: place).number(perPage: shape.upper.perPage))
        freeBlocks.insert(block)
        removesAny = true
      }
    }
    if !removesAny { return }
    let change = file.beginChange()
    let image = change.image(of: page)
    for place in 0..<shape.upper.perPage {
      let vertex = RecordID(block: block, place: place).number(perPage: shape.upper.perPage)
      if graph.removedUpper.contains(vertex) {
        VertexRecord(image, place, shape.upper).markRemoved()
      }
    }
    change.finish()
  }
}

extension VertexRecord {
  /// Marks the vertex as removed: it has no row, gets no new edges, and leads on until it is freed.
  func markRemoved() {
    var header = self.header
    header.state = UInt8(LANTERN_REMOVED)
    header.tid = lantern_invalid_tid()
    self.header = header
  }
}
