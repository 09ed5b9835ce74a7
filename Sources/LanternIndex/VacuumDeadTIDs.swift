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
    if chained {
      for place in 0..<shape.node.perPage { removeDeadChainTIDs(block, place) }
    }
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
      } else if isDead.contains(header.tid) {
        graph.removedNodes.insert(vertex)
        removedTIDs &+= 1
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

  /// Removes the dead TIDs of a node with a chain; the chain's emptied records are freed.
  private mutating func removeDeadChainTIDs(_ block: BlockNumber, _ place: Int) {
    let page = unsafe file.page(block, .nodes, .exclusive, strategy: strategy)
    let record = VertexRecord(page, place, shape.node)
    let vertex = RecordID(block: block, place: place).number(perPage: shape.node.perPage)
    if !record.isLive || record.header.owner == .none { return }
    let tids = vacuumChain(of: vertex, page, place)
    var first = record.header.tid
    if lantern_tid_is_valid(first) && isDead.contains(first) {
      first = lantern_invalid_tid()
      removedTIDs &+= 1
    }
    remainingTIDs &+= tids &+ (lantern_tid_is_valid(first) ? 1 : 0)
    let isRemoved = tids == 0 && !lantern_tid_is_valid(first)
    if isRemoved { graph.removedNodes.insert(vertex) } else { liveNodes &+= 1 }
    let change = file.beginChange()
    let image = VertexRecord(change.image(of: page), place, shape.node)
    if isRemoved {
      image.markRemoved()
    } else {
      var header = image.header
      header.tid = first
      image.header = header
    }
    change.finish()
  }

  /// Removes dead TIDs from the records of a chain, whose node's page is locked, and returns how
  /// many are left.
  private mutating func vacuumChain(
    of node: VertexID, _ nodePage: borrowing LockedPage, _ place: Int
  ) -> UInt64 {
    let perPage = shape.perPage(.tids)
    var remaining: UInt64 = 0
    var previous = UInt32.none
    var next = VertexRecord(nodePage, place, shape.node).header.owner
    var steps = 0
    while next != .none {
      steps &+= 1
      if steps > Int(file.blockCount) &* perPage { file.reportEndlessChain(of: node) }
      let id = RecordID(next, perPage: perPage)
      let step = vacuumRecord(id, of: node)
      if step.isForeign { break }
      remaining &+= step.remaining
      if step.remaining == 0 {
        unlink(next, id, following: step.following, previous: previous, nodePage, place)
      } else {
        previous = next
      }
      next = step.following
    }
    return remaining
  }

  /// Removes a record's dead TIDs; the record is locked only meanwhile.
  private mutating func vacuumRecord(
    _ id: RecordID, of node: VertexID
  ) -> (remaining: UInt64, following: UInt32, isForeign: Bool) {
    let page = unsafe file.page(id.block, .tids, .exclusive, strategy: strategy)
    let record = TIDRecord(page, id.place)
    if record.owner != node { return (0, .none, true) }
    var dead = 0
    for index in 0..<record.count where isDead.contains(record[index]) { dead &+= 1 }
    let remaining = UInt64(record.count &- dead)
    if dead > 0 {
      removedTIDs &+= UInt64(dead)
      let change = file.beginChange()
      let image = TIDRecord(change.image(of: page), id.place)
      image.initialize(owner: record.owner, next: record.next)
      for index in 0..<record.count where !isDead.contains(record[index]) {
        image.append(record[index])
      }
      change.finish()
    }
    return (remaining, record.next, false)
  }

  /// Takes an empty record out of its chain and frees it, in one change.
  private mutating func unlink(
    _ number: UInt32, _ id: RecordID, following: UInt32, previous: UInt32,
    _ nodePage: borrowing LockedPage, _ place: Int
  ) {
    let change = file.beginChange()
    if previous == .none {
      let image = VertexRecord(change.image(of: nodePage), place, shape.node)
      var header = image.header
      header.owner = following
      image.header = header
      let page = unsafe file.page(id.block, .tids, .exclusive)
      TIDRecord(change.image(of: page), id.place).free()
      change.finish()
      return
    }
    let previousID = RecordID(previous, perPage: shape.perPage(.tids))
    let previousPage = unsafe file.page(previousID.block, .tids, .exclusive)
    if previousID.block == id.block {
      let image = change.image(of: previousPage)
      TIDRecord(image, previousID.place).next = following
      TIDRecord(image, id.place).free()
      change.finish()
      return
    }
    let page = unsafe file.page(id.block, .tids, .exclusive)
    TIDRecord(change.image(of: previousPage), previousID.place).next = following
    TIDRecord(change.image(of: page), id.place).free()
    change.finish()
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
  fileprivate func markRemoved() {
    var header = self.header
    header.state = UInt8(LANTERN_REMOVED)
    header.tid = lantern_invalid_tid()
    self.header = header
  }
}
