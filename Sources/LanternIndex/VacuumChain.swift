import CPostgres
import HNSW

// Step 1, continued: the dead TIDs of nodes with chains. A chain may be long, so its node's page is
// locked only for moments: insertions add records at the head, and nobody but vacuum takes any out.
extension Vacuum {
  /// Removes the dead TIDs of a node with a chain, frees the records that are left empty, and marks
  /// the node when nothing is left.
  mutating func removeDeadTIDsOfChain(_ block: BlockNumber, _ place: Int) {
    let id = RecordID(block: block, place: place)
    let node = id.number(perPage: shape.node.perPage)
    guard let head = chainHead(id) else { return }
    let chain = removeDeadTIDs(ofChain: head, node: node)
    if chain.hasEmptyRecords { unlinkEmptyRecords(node, id) }
    removeDeadFirstTID(node, id, inChain: chain.remaining)
  }

  /// The first record of a live node's chain; nil when it has none.
  private func chainHead(_ id: RecordID) -> UInt32? {
    let page = unsafe file.page(id.block, .nodes, .share, strategy: strategy)
    let record = VertexRecord(page, id.place, shape.node)
    return record.isLive && record.header.owner != .none ? record.header.owner : nil
  }

  private mutating func removeDeadTIDs(
    ofChain head: UInt32, node: VertexID
  ) -> (remaining: UInt64, hasEmptyRecords: Bool) {
    let perPage = shape.perPage(.tids)
    var remaining: UInt64 = 0
    var hasEmptyRecords = false
    var next = head
    var steps = 0
    while next != .none {
      lantern_vacuum_delay_point()
      steps &+= 1
      if steps > Int(file.blockCount) &* perPage { file.reportEndlessChain(of: node) }
      guard let record = vacuumRecord(RecordID(next, perPage: perPage), of: node) else { break }
      remaining &+= record.remaining
      if record.remaining == 0 { hasEmptyRecords = true }
      next = record.following
    }
    return (remaining, hasEmptyRecords)
  }

  /// Removes a record's dead TIDs; nil when the record is not the node's.
  private mutating func vacuumRecord(
    _ id: RecordID, of node: VertexID
  ) -> (remaining: UInt64, following: UInt32)? {
    let page = unsafe file.page(id.block, .tids, .exclusive, strategy: strategy)
    let record = TIDRecord(page, id.place)
    if record.owner != node { return nil }
    let count = record.count
    var dead = 0
    for index in 0..<count where isDead.contains(record[index]) { dead &+= 1 }
    let following = record.next
    if dead > 0 {
      removedTIDs &+= UInt64(dead)
      let change = file.beginChange()
      let image = TIDRecord(change.image(of: page), id.place)
      image.keep { !isDead.contains($0) }
      change.finish()
    }
    return (UInt64(count &- dead), following)
  }

  /// Takes the empty records out of a chain and frees them, each in one change.
  private mutating func unlinkEmptyRecords(_ node: VertexID, _ id: RecordID) {
    let perPage = shape.perPage(.tids)
    while let head = chainHead(id), unlinkEmptyHead(head, of: node, id) {
      lantern_vacuum_delay_point()
    }
    guard var previous = chainHead(id) else { return }
    while true {
      lantern_vacuum_delay_point()
      switch unlinkEmptyRecord(after: RecordID(previous, perPage: perPage), of: node) {
      case .unlinked: continue
      case .kept(let next): previous = next
      case .end: return
      }
    }
  }

  /// Takes the first record out if it is empty still, as an insertion may have filled it.
  private mutating func unlinkEmptyHead(_ head: UInt32, of node: VertexID, _ id: RecordID) -> Bool {
    let headID = RecordID(head, perPage: shape.perPage(.tids))
    let nodePage = unsafe file.page(id.block, .nodes, .exclusive, strategy: strategy)
    file.checkApart(headID.block, from: nodePage, of: node)
    let page = unsafe file.page(headID.block, .tids, .exclusive, strategy: strategy)
    let record = TIDRecord(page, headID.place)
    let isHead = VertexRecord(nodePage, id.place, shape.node).header.owner == head
    if !isHead || record.owner != node || record.count > 0 { return false }
    let change = file.beginChange()
    let image = VertexRecord(change.image(of: nodePage), id.place, shape.node)
    var header = image.header
    header.owner = record.next
    image.header = header
    TIDRecord(change.image(of: page), headID.place).free()
    change.finish()
    freeBlocks.insert(headID.block)
    return true
  }

  private enum Unlinking {
    case unlinked
    case kept(next: UInt32)
    case end
  }

  /// Takes the record after another out if it is empty. Insertions fill only the head, so an empty
  /// one behind it stays so.
  private mutating func unlinkEmptyRecord(
    after previousID: RecordID, of node: VertexID
  ) -> Unlinking {
    let previousPage = unsafe file.page(previousID.block, .tids, .exclusive, strategy: strategy)
    let previous = TIDRecord(previousPage, previousID.place)
    if previous.owner != node || previous.next == .none { return .end }
    let number = previous.next
    let id = RecordID(number, perPage: shape.perPage(.tids))
    if id.block == previousID.block {
      let record = TIDRecord(previousPage, id.place)
      if record.owner != node { return .end }
      if record.count > 0 { return .kept(next: number) }
      freeBlocks.insert(id.block)
      let following = record.next
      let change = file.beginChange()
      let image = change.image(of: previousPage)
      TIDRecord(image, previousID.place).next = following
      TIDRecord(image, id.place).free()
      change.finish()
      return .unlinked
    }
    let page = unsafe file.page(id.block, .tids, .exclusive, strategy: strategy)
    let record = TIDRecord(page, id.place)
    if record.owner != node { return .end }
    if record.count > 0 { return .kept(next: number) }
    freeBlocks.insert(id.block)
    let change = file.beginChange()
    TIDRecord(change.image(of: previousPage), previousID.place).next = record.next
    TIDRecord(change.image(of: page), id.place).free()
    change.finish()
    return .unlinked
  }

  /// Removes a dead first TID, and marks the node if nothing is left of its chain either.
  private mutating func removeDeadFirstTID(
    _ node: VertexID, _ id: RecordID, inChain remaining: UInt64
  ) {
    let page = unsafe file.page(id.block, .nodes, .exclusive, strategy: strategy)
    let record = VertexRecord(page, id.place, shape.node)
    var header = record.header
    let hasTID = lantern_tid_is_valid(header.tid)
    let isFirstDead = hasTID && isDead.contains(header.tid)
    let isRemoved = header.owner == .none && (!hasTID || isFirstDead)
    removedTIDs &+= isFirstDead ? 1 : 0
    remainingTIDs &+= remaining &+ (hasTID && !isFirstDead ? 1 : 0)
    if isRemoved { remove(node, id.block) } else { liveNodes &+= 1 }
    if !isRemoved && !isFirstDead { return }
    let change = file.beginChange()
    let image = VertexRecord(change.image(of: page), id.place, shape.node)
    if isRemoved {
      image.markRemoved()
    } else {
      header.tid = lantern_invalid_tid()
      image.header = header
    }
    change.finish()
  }
}
