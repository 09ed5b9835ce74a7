import CPostgres
import HNSW
import Vectors

// Step 1: dead TIDs go, nodes without any are marked, and their upper vertices.
extension Vacuum {
  mutating func removeDeadTIDs() {
    forEachBlock(.nodes) { vacuum, block in vacuum.removeDeadTIDs(onPage: block) }
    forEachBlock(.upper) { vacuum, block in vacuum.markUpperVertices(onPage: block) }
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
      if record.isFree { continue }
      let header = record.header
      let vertex = RecordID(block: block, place: place).number(perPage: shape.node.perPage)
      if !record.isLive {
        // Left behind by a vacuum that did not come to its end.
        graph.removedNodes.insert(vertex)
      } else if header.owner != .none {
        hasChains = true
      } else if !lantern_tid_is_valid(header.tid) || isDead.contains(header.tid) {
        // Without a TID it was left by a vacuum that emptied its chain and did not get to the node.
        graph.removedNodes.insert(vertex)
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

  private mutating func markUpperVertices(onPage block: BlockNumber) {
    let page = unsafe file.page(block, .upper, .exclusive, strategy: strategy)
    var removesAny = false
    for place in 0..<shape.upper.perPage {
      let record = VertexRecord(page, place, shape.upper)
      if record.isFree { continue }
      if !record.isLive || graph.removedNodes.contains(record.header.owner) {
        graph.removedUpper.insert(
          RecordID(block: block, place: place).number(perPage: shape.upper.perPage))
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
